use crate::outbound::{Failure, NotAdmitted};

/// Why nobody is signed in. Of what the provider wrote, it says the host of an endpoint that is not called, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// No provider is set.
    #[error("no identity provider is set here")]
    NotConfigured,
    /// The provider does not answer, or not in time.
    #[error("the identity provider's {what} cannot be read: {cause}")]
    Unavailable {
        /// What was asked for.
        what: &'static str,
        /// What the network or the answer said.
        cause: String,
    },
    /// The provider answers what no provider should, or this server is not what it expects.
    #[error("the identity provider cannot be used: {0}")]
    Unusable(String),
    /// Another browser has begun, or none.
    #[error("this sign-in was begun in another browser, or is over")]
    OtherBrowser,
    /// It took too long.
    #[error("this sign-in took longer than ten minutes")]
    Expired,
    /// It has led to a session already.
    #[error("this sign-in is over: it has led to a session before")]
    Spent,
    /// The provider says no.
    #[error("the identity provider has refused: {0}")]
    RefusedByProvider(&'static str),
    /// What came back is not what the provider has to send.
    #[error("the identity provider's answer is refused: {0}")]
    AnswerRefused(String),
    /// The provider's answer maps to no role.
    #[error("none of the roles here is for this person")]
    NoRole,
    /// The token has no name that could stand in the log.
    #[error("the identity provider gives this person no name in `{claim}`")]
    NoName {
        /// Where it was looked for.
        claim: String,
    },
    /// An administrator has shut them out.
    #[error("this person is shut out here")]
    ShutOut,
    /// Too many wrong answers came from the same network.
    #[error("too many sign-ins have failed from here")]
    TooMany,
}

impl SignInError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConfigured => "provider_not_configured",
            Self::Unavailable { .. } => "provider_unavailable",
            Self::Unusable(_) => "provider_unusable",
            Self::OtherBrowser => "sign_in_other_browser",
            Self::Expired => "sign_in_expired",
            Self::Spent => "sign_in_spent",
            Self::RefusedByProvider(_) => "provider_refused",
            Self::AnswerRefused(_) => "provider_answer_refused",
            Self::NoRole => "no_role",
            Self::NoName { .. } => "no_name",
            Self::ShutOut => "shut_out",
            Self::TooMany => "too_many_guesses",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NotConfigured => {
                "set KEYSTILE__OIDC__ISSUER and what belongs to it, or sign in by name or API token"
            }
            Self::Unavailable { .. } => {
                "try again, and see `keystile doctor` if it persists; names and API tokens work meanwhile"
            }
            Self::Unusable(_) => {
                "`keystile doctor` on the server says more; names and API tokens work meanwhile"
            }
            Self::OtherBrowser | Self::Expired | Self::Spent => "begin again from the sign-in page",
            Self::RefusedByProvider(_) => {
                "ask whoever runs the identity provider whether you may use this server"
            }
            Self::AnswerRefused(_) => {
                "begin again; if it persists, the server's log and `keystile doctor` say more"
            }
            Self::NoRole => "ask for one of the groups that KEYSTILE__OIDC__VIEWERS and the like name",
            Self::NoName { .. } => "name another claim by KEYSTILE__OIDC__NAME_CLAIM",
            Self::ShutOut => "ask an administrator: `keystile user enable` lets them in again",
            Self::TooMany => "wait a few seconds",
        }
    }

    /// Whether anybody outside can bring it about again and again, and have this server ask the provider each time.
    pub const fn is_guess(&self) -> bool {
        matches!(self, Self::OtherBrowser | Self::Spent | Self::AnswerRefused(_) | Self::Unavailable { .. })
    }

    pub(super) fn unavailable(what: &'static str, failure: &Failure) -> Self {
        match failure {
            Failure::NotAdmitted(cause) => Self::not_admitted(what, cause),
            other => Self::Unavailable { what, cause: other.to_string() },
        }
    }

    pub(super) fn not_admitted(what: &'static str, cause: &NotAdmitted) -> Self {
        Self::Unusable(format!("its {what}: {cause}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_console_has_words_for_every_code() {
        let texts = include_str!("../../../www/js/texts/sign_in.js");
        let every = [
            SignInError::NotConfigured,
            SignInError::Unavailable { what: "key set", cause: String::new() },
            SignInError::Unusable(String::new()),
            SignInError::OtherBrowser,
            SignInError::Expired,
            SignInError::Spent,
            SignInError::RefusedByProvider(""),
            SignInError::AnswerRefused(String::new()),
            SignInError::NoRole,
            SignInError::NoName { claim: String::new() },
            SignInError::ShutOut,
            SignInError::TooMany,
        ];
        for error in every {
            assert!(texts.contains(&format!("  {}: \"", error.code())), "{}", error.code());
        }
    }
}
