//! What a client is told when its request is refused: RFC 6750 section 3 in the header, RFC 9457 in the body.

use keystile_validator::{Code, ValidationError};
use serde::Serialize;

use crate::{
    path::AmbiguousPath,
    policy::{Detail, GatewayPolicy},
    refused_token::RefusedToken,
    rights::ScopeToken,
    rule::Distrust,
};

/// Why a request does not reach the origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No route is for the request.
    #[error("no route of this gateway is for the request; check host, method and path")]
    NoRoute,
    /// The path could be understood in more than one way.
    #[error("the path {0}; send it in its plain form")]
    PathAmbiguous(AmbiguousPath),
    /// The request carries no token.
    #[error("the request carries no token; send one as `Authorization: Bearer`")]
    TokenAbsent,
    /// The request carries more than one token.
    #[error("the request carries more than one token; send one, in one place")]
    TokenAmbiguous,
    /// The token is not to be believed.
    #[error(transparent)]
    Token(#[from] RefusedToken),
    /// The token is believed, and does not grant enough.
    #[error("the token does not grant what this request needs; get one that does")]
    InsufficientScope {
        /// The scopes that are needed.
        scopes: Vec<ScopeToken>,
    },
    /// There is nothing to judge tokens by.
    #[error("the gateway has no key set that it can trust; try again, and check that the server publishes")]
    KeySetUnavailable,
    /// The gateway itself is set up wrong.
    #[error("{0}")]
    Misconfigured(String),
    /// The request has more of a body than the gateway takes.
    #[error("the body of the request is larger than this gateway takes; send less, or in parts")]
    BodyTooLarge,
    /// The request was let through, and the origin did not answer.
    #[error("the origin does not answer; try again later")]
    OriginUnreachable,
    /// The runtime refused something that should always work. What it was is in the log.
    #[error("the gateway failed; try again, and look for the request in the log")]
    GatewayFailed,
}

impl From<Distrust> for Refusal {
    fn from(distrust: Distrust) -> Self {
        match distrust {
            Distrust::NoKeySet => Self::KeySetUnavailable,
            Distrust::Token(token) => Self::Token(token),
        }
    }
}

/// An answer in the place of the origin's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The problem document.
    pub body: String,
}

/// How refusals are put into words.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    /// The realm of challenges.
    pub realm: &'a str,
    /// Whether the client learns which check failed.
    pub detail: Detail,
}

impl<'a> From<&'a GatewayPolicy> for Wording<'a> {
    fn from(policy: &'a GatewayPolicy) -> Self {
        Self { realm: policy.realm(), detail: policy.detail() }
    }
}

impl Refusal {
    /// The stable code. Those about a token are the validator's.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoRoute => "no_route",
            Self::PathAmbiguous(_) => "path_ambiguous",
            Self::TokenAbsent => "token_absent",
            Self::TokenAmbiguous => "token_ambiguous",
            Self::Token(token) => token.code().as_str(),
            Self::InsufficientScope { .. } => "insufficient_scope",
            Self::KeySetUnavailable => "key_set_unavailable",
            Self::Misconfigured(_) => "gateway_misconfigured",
            Self::BodyTooLarge => "body_too_large",
            Self::OriginUnreachable => "origin_unreachable",
            Self::GatewayFailed => "gateway_failed",
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match self {
            Self::PathAmbiguous(_) | Self::TokenAmbiguous => 400,
            // The client's token may well be good. It is we who cannot tell.
            Self::Token(token) if is_ours(token.code()) => 503,
            Self::TokenAbsent | Self::Token(_) => 401,
            Self::NoRoute | Self::InsufficientScope { .. } => 403,
            Self::KeySetUnavailable | Self::Misconfigured(_) => 503,
            Self::BodyTooLarge => 413,
            Self::OriginUnreachable => 502,
            Self::GatewayFailed => 500,
        }
    }

    /// Whether a newer key set might turn the decision.
    pub fn names_an_unknown_key(&self) -> bool {
        matches!(self, Self::Token(token) if token.code() == Code::KidUnknown)
    }

    /// Whether an exact list of revoked tokens might turn the decision.
    pub fn awaits_a_list(&self) -> bool {
        matches!(self, Self::Token(token) if token.code() == Code::RevocationUnconfirmed)
    }

    /// The answer to the client.
    pub fn to_answer(&self, wording: Wording<'_>, request_id: &str) -> Answer {
        let status = self.status();
        let mut headers = vec![
            ("content-type", "application/problem+json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        headers.extend(self.challenge(wording).map(|challenge| ("www-authenticate", challenge)));
        if status == 503 {
            headers.push(("retry-after", RETRY_AFTER.to_owned()));
        }
        let problem = self.problem(wording.detail, request_id);
        // Texts and a number are always JSON.
        Answer { status, headers, body: serde_json::to_string(&problem).unwrap_or_default() }
    }

    /// The challenge of a refusal that the client can answer with another token. It says no more than the problem.
    fn challenge(&self, wording: Wording<'_>) -> Option<String> {
        let error = match self {
            Self::TokenAbsent => return Some(format!(r#"Bearer realm="{}""#, quotable(wording.realm))),
            Self::TokenAmbiguous => "invalid_request",
            Self::Token(_) if self.status() == 401 => "invalid_token",
            Self::InsufficientScope { .. } => "insufficient_scope",
            _ => return None,
        };
        let mut challenge = format!(r#"Bearer realm="{}", error="{error}""#, quotable(wording.realm));
        if wording.detail == Detail::Explain {
            challenge += &format!(r#", error_description="{}""#, quotable(&self.to_string()));
        }
        if let (Self::InsufficientScope { scopes }, Detail::Explain) = (self, wording.detail)
            && !scopes.is_empty()
        {
            let scopes: Vec<_> = scopes.iter().map(ScopeToken::as_str).collect();
            challenge += &format!(r#", scope="{}""#, scopes.join(" "));
        }
        Some(challenge)
    }

    fn problem<'a>(&'a self, detail: Detail, request_id: &'a str) -> Problem<'a> {
        let error = match self {
            // Of a token the client learns only that it is refused.
            Self::Token(_) if self.status() == 401 && detail == Detail::Quiet => None,
            Self::Token(token) => Some(token.error()),
            _ => None,
        };
        let is_quiet = matches!(self, Self::Token(_)) && error.is_none();
        let code = if is_quiet { "token_refused" } else { self.code() };
        Problem {
            r#type: format!("https://keystile.dev/errors/{code}"),
            title: self.title(),
            status: self.status(),
            code,
            claim: error.and_then(ValidationError::claim),
            reason: error.and_then(ValidationError::reason).map(|reason| reason.as_str()),
            detail: if is_quiet { "get a new token".to_owned() } else { self.to_string() },
            request_id,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::NoRoute | Self::PathAmbiguous(_) | Self::BodyTooLarge => "the request is refused",
            Self::Token(token) if is_ours(token.code()) => "the gateway cannot judge tokens",
            Self::Token(_) => "the token is refused",
            Self::InsufficientScope { .. } => "the token does not grant enough",
            Self::TokenAbsent | Self::TokenAmbiguous => "a token is needed",
            Self::KeySetUnavailable | Self::Misconfigured(_) => "the gateway cannot judge tokens",
            Self::OriginUnreachable => "the origin does not answer",
            Self::GatewayFailed => "the gateway failed",
        }
    }
}

/// Whether a token is refused for what the gateway lacks.
fn is_ours(code: Code) -> bool {
    matches!(code, Code::KeySetExpired | Code::RevocationUnconfirmed)
}

/// In seconds: the time after which a gateway without a key set looks for one again, at the latest.
const RETRY_AFTER: &str = "5";

/// What can stand in the quotes of a challenge (RFC 6750 section 3).
pub fn is_quotable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'"' && byte != b'\\'
}

/// A description in our own words has nothing that would end the quotes; this holds whatever it comes to name.
fn quotable(text: &str) -> String {
    text.chars().map(|c| if u8::try_from(c).is_ok_and(is_quotable) { c } else { '?' }).collect()
}

/// A problem document (RFC 9457).
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    detail: String,
    request_id: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPLAIN: Wording<'_> = Wording { realm: "https://issuer.example", detail: Detail::Explain };
    const QUIET: Wording<'_> = Wording { realm: "https://issuer.example", detail: Detail::Quiet };

    fn token(code: Code) -> Refusal {
        Refusal::Token(code.into())
    }

    fn challenge(refusal: &Refusal, wording: Wording<'_>) -> Option<String> {
        let answer = refusal.to_answer(wording, "id");
        answer.headers.into_iter().find(|(name, _)| *name == "www-authenticate").map(|(_, value)| value)
    }

    #[test]
    fn a_request_without_a_token_is_challenged_without_an_error() {
        assert_eq!(Refusal::TokenAbsent.status(), 401);
        let expected = r#"Bearer realm="https://issuer.example""#;
        assert_eq!(challenge(&Refusal::TokenAbsent, EXPLAIN).as_deref(), Some(expected));
    }

    #[test]
    fn a_refused_token_is_challenged_as_invalid() {
        for (refusal, status, error) in [
            (token(Code::TokenExpired), 401, "invalid_token"),
            (Refusal::TokenAmbiguous, 400, "invalid_request"),
            (Refusal::InsufficientScope { scopes: Vec::new() }, 403, "insufficient_scope"),
        ] {
            assert_eq!(refusal.status(), status);
            assert!(
                challenge(&refusal, EXPLAIN).unwrap().contains(&format!(r#"error="{error}", error_desc"#))
            );
        }
    }

    #[test]
    fn missing_scopes_are_named_in_the_challenge() {
        let scopes = ["read", "write"].map(|it| ScopeToken::try_from(it.to_owned()).unwrap());
        let refusal = Refusal::InsufficientScope { scopes: scopes.to_vec() };
        assert!(challenge(&refusal, EXPLAIN).unwrap().ends_with(r#", scope="read write""#));
        assert!(!challenge(&refusal, QUIET).unwrap().contains("scope=\""));
    }

    #[test]
    fn what_is_our_fault_is_not_blamed_on_the_token() {
        let misconfigured = Refusal::Misconfigured("wrong".to_owned());
        for ours in [
            token(Code::KeySetExpired),
            token(Code::RevocationUnconfirmed),
            Refusal::KeySetUnavailable,
            misconfigured,
        ] {
            assert_eq!((ours.status(), challenge(&ours, EXPLAIN)), (503, None), "{ours}");
        }
    }

    #[test]
    fn every_code_of_the_validator_is_refused_with_an_error_status() {
        for code in Code::ALL {
            assert!(matches!(token(*code).status(), 401 | 503), "{code}");
            assert_eq!(token(*code).code(), code.as_str());
        }
    }

    #[test]
    fn a_quiet_gateway_says_the_same_of_every_refused_token() {
        let answers: Vec<_> = Code::ALL
            .iter()
            .map(|code| token(*code))
            .filter(|refusal| refusal.status() == 401)
            .map(|refusal| refusal.to_answer(QUIET, "id"))
            .collect();
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
        assert!(answers[0].body.contains("token_refused") && !answers[0].body.contains("claim"));
    }

    #[test]
    fn nothing_can_end_the_quotes_of_a_challenge() {
        let wording = Wording { realm: "a\"b\r\nc\\d\u{e9}", detail: Detail::Explain };
        assert_eq!(challenge(&Refusal::TokenAbsent, wording).unwrap(), r#"Bearer realm="a?b??c?d?""#);
    }
}
