//! The decision, and nothing else: no I/O, no clock.

use keystile_validator::Code;

use crate::{clock::Moment, keyring::Keyring, refusal::Refusal, token_source::Presented};

/// What the origin is told about a token that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passport {
    /// The `sub` claim.
    pub(crate) subject: Option<String>,
    /// The name of the key that verified the token.
    pub(crate) kid: String,
}

/// Whether a request may pass. Whatever is not a believed token is a refusal.
pub(crate) fn decide(presented: &Presented<'_>, keyring: &Keyring, now: Moment) -> Result<Passport, Refusal> {
    let token = match presented {
        Presented::Token(token) => token,
        Presented::Nothing => return Err(Refusal::TokenAbsent),
        Presented::Several => return Err(Refusal::TokenAmbiguous),
    };
    let token = keyring.judge(token.as_bytes(), now).ok_or(Refusal::KeySetUnavailable)??;
    Ok(Passport { subject: token.subject().map(str::to_owned), kid: token.kid().to_string() })
}

/// Whether an exact list might turn the decision.
pub(crate) fn awaits_a_list(decision: &Result<Passport, Refusal>) -> bool {
    matches!(decision, Err(Refusal::Token(error)) if error.code() == Code::RevocationUnconfirmed)
}

/// Whether a newer key set might turn the decision.
pub(crate) fn names_an_unknown_key(decision: &Result<Passport, Refusal>) -> bool {
    matches!(decision, Err(Refusal::Token(error)) if error.code() == Code::KidUnknown)
}
