//! What a client is told when its request is refused: RFC 6750 section 3 in the header, RFC 9457 in the body.

use keystile_validator::{Code, ValidationError};
use serde::Serialize;
use worker::{Headers, Response, console_error, web_sys};

use crate::settings::{SettingError, is_quotable};

/// Why a request does not reach the origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request carries no token.
    #[error("the request carries no token; send one as `Authorization: Bearer`")]
    TokenAbsent,
    /// The request carries more than one token.
    #[error("the request carries more than one token; send one, in one place")]
    TokenAmbiguous,
    /// The token is not to be believed.
    #[error(transparent)]
    Token(#[from] ValidationError),
    /// There is nothing to judge tokens by.
    #[error("the gateway has no key set that it can trust; try again, and check that the server publishes")]
    KeySetUnavailable,
    /// The gateway itself is set up wrong.
    #[error("{0}")]
    Misconfigured(#[from] SettingError),
    /// The token was accepted, and the origin did not answer.
    #[error("the origin does not answer; try again later")]
    OriginUnreachable,
    /// The runtime refused something that should always work. What it was is in the log.
    #[error("the gateway failed; try again, and look for the request in the log")]
    GatewayFailed,
}

impl From<worker::Error> for Refusal {
    fn from(error: worker::Error) -> Self {
        console_error!("the gateway failed: {error}");
        Self::GatewayFailed
    }
}

impl Refusal {
    /// The stable code. Those about a token are the validator's.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::TokenAbsent => "token_absent",
            Self::TokenAmbiguous => "token_ambiguous",
            Self::Token(error) => error.code().as_str(),
            Self::KeySetUnavailable => "key_set_unavailable",
            Self::Misconfigured(_) => "gateway_misconfigured",
            Self::OriginUnreachable => "origin_unreachable",
            Self::GatewayFailed => "gateway_failed",
        }
    }

    /// The status, and the `error` of the challenge for the refusals that a client can answer with another token.
    fn status(&self) -> (u16, Challenge) {
        match self {
            Self::TokenAbsent => (401, Challenge::Plain),
            Self::TokenAmbiguous => (400, Challenge::Error("invalid_request")),
            // The client's token may well be good. It is we who cannot tell.
            Self::Token(error)
                if matches!(error.code(), Code::KeySetExpired | Code::RevocationUnconfirmed) =>
            {
                (503, Challenge::None)
            }
            Self::Token(_) => (401, Challenge::Error("invalid_token")),
            Self::KeySetUnavailable | Self::Misconfigured(_) => (503, Challenge::None),
            Self::OriginUnreachable => (502, Challenge::None),
            Self::GatewayFailed => (500, Challenge::None),
        }
    }

    /// The answer to the client.
    pub(crate) fn to_response(&self, realm: &str, request_id: &str) -> worker::Result<web_sys::Response> {
        let (status, challenge) = self.status();
        let headers = Headers::new();
        headers.set("content-type", "application/problem+json")?;
        headers.set("cache-control", "no-store")?;
        if let Some(challenge) = challenge.to_header(realm, &self.to_string()) {
            headers.set("www-authenticate", &challenge)?;
        }
        if status == 503 {
            headers.set("retry-after", RETRY_AFTER)?;
        }
        let body = serde_json::to_vec(&self.problem(status, request_id))?;
        Ok(Response::from_bytes(body)?.with_status(status).with_headers(headers).into())
    }

    fn problem<'a>(&'a self, status: u16, request_id: &'a str) -> Problem<'a> {
        let (claim, reason) = match self {
            Self::Token(error) => (error.claim(), error.reason().map(|reason| reason.as_str())),
            _ => (None, None),
        };
        Problem {
            r#type: format!("https://keystile.dev/errors/{}", self.code()),
            title: match self {
                Self::Token(_) => "the token is refused",
                Self::TokenAbsent | Self::TokenAmbiguous => "a token is needed",
                Self::KeySetUnavailable | Self::Misconfigured(_) => "the gateway cannot judge tokens",
                Self::OriginUnreachable => "the origin does not answer",
                Self::GatewayFailed => "the gateway failed",
            },
            status,
            code: self.code(),
            claim,
            reason,
            detail: self.to_string(),
            request_id,
        }
    }
}

/// In seconds: the time after which a gateway without a key set looks for one again, at the latest.
const RETRY_AFTER: &str = "5";

/// The `WWW-Authenticate` header that goes with a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Challenge {
    None,
    Plain,
    Error(&'static str),
}

impl Challenge {
    fn to_header(self, realm: &str, description: &str) -> Option<String> {
        match self {
            Self::None => None,
            Self::Plain => Some(format!(r#"Bearer realm="{}""#, quotable(realm))),
            Self::Error(error) => Some(format!(
                r#"Bearer realm="{}", error="{error}", error_description="{}""#,
                quotable(realm),
                quotable(description)
            )),
        }
    }
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

    fn token(code: Code) -> Refusal {
        Refusal::Token(code.into())
    }

    #[test]
    fn a_request_without_a_token_is_challenged_without_an_error() {
        let (status, challenge) = Refusal::TokenAbsent.status();
        assert_eq!(status, 401);
        assert_eq!(
            challenge.to_header("https://issuer.example", "unused").as_deref(),
            Some(r#"Bearer realm="https://issuer.example""#)
        );
    }

    #[test]
    fn a_refused_token_is_challenged_as_invalid() {
        assert_eq!(token(Code::TokenExpired).status(), (401, Challenge::Error("invalid_token")));
        assert_eq!(Refusal::TokenAmbiguous.status(), (400, Challenge::Error("invalid_request")));
    }

    #[test]
    fn what_is_our_fault_is_not_blamed_on_the_token() {
        let misconfigured = Refusal::Misconfigured(SettingError::new("ORIGIN", "is missing"));
        for ours in [
            token(Code::KeySetExpired),
            token(Code::RevocationUnconfirmed),
            Refusal::KeySetUnavailable,
            misconfigured,
        ] {
            assert_eq!(ours.status(), (503, Challenge::None), "{ours}");
        }
    }

    #[test]
    fn every_code_of_the_validator_is_refused_with_an_error_status() {
        for code in Code::ALL {
            assert!(matches!(token(*code).status().0, 401 | 503), "{code}");
            assert_eq!(token(*code).code(), code.as_str());
        }
    }

    #[test]
    fn nothing_can_end_the_quotes_of_a_challenge() {
        let header = Challenge::Error("invalid_token").to_header("a\"b", "c\r\nd\\e\u{e9}").unwrap();
        assert_eq!(header, r#"Bearer realm="a?b", error="invalid_token", error_description="c??d?e?""#);
    }
}
