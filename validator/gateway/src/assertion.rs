//! What the gateway says of a request under its own signature, so that an origin that shares a key with it need not
//! trust everybody who can reach it.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use crate::{gateway::Pass, moment::Moment, request::RequestHead};

/// A shorter key could be guessed (RFC 7518 section 3.2).
const MIN_KEY_BYTES: usize = 32;

/// How long an assertion may be believed: as long as a request may need to arrive, by clocks that are set.
const LIFETIME_SECS: u64 = 60;

/// The header that carries an assertion to the origin.
pub const ASSERTION_HEADER: &str = "x-keystile-assertion";

/// Makes assertions: compact JWTs, signed with HS256 by a key that the origin has too.
#[derive(Clone)]
pub struct Asserter {
    mac: Hmac<Sha256>,
}

/// A key that cannot sign assertions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has less than {MIN_KEY_BYTES} bytes; make one of 32 random bytes or more, in base64")]
pub struct WeakKey;

impl Asserter {
    /// Signs with the bytes of `key`.
    pub fn new(key: &str) -> Result<Self, WeakKey> {
        if key.len() < MIN_KEY_BYTES {
            return Err(WeakKey);
        }
        let mac = Hmac::new_from_slice(key.as_bytes()).map_err(|_| WeakKey)?;
        Ok(Self { mac })
    }

    /// What `pass` says of the request `head`, which is called `request_id`, for the next minute.
    pub fn assert(&self, pass: &Pass<'_>, head: &RequestHead<'_>, request_id: &str, now: Moment) -> String {
        let iat = now.unix_time().as_secs();
        let believed = pass.believed.first();
        let said = Assertion {
            iss: "keystile-gateway",
            iat,
            exp: iat.saturating_add(LIFETIME_SECS),
            jti: request_id,
            route: pass.route.id(),
            method: head.method,
            path: head.path,
            sub: believed.and_then(|believed| believed.subject()),
            kid: believed.map(|believed| believed.kid()),
        };
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let payload = serde_json::to_vec(&said).unwrap_or_default();
        let signed = format!("{}.{}", encode(HEADER.as_bytes()), encode(&payload));
        let mac = self.mac.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", encode(&mac))
    }
}

/// The key is a secret.
impl fmt::Debug for Asserter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asserter").finish_non_exhaustive()
    }
}

/// A type of its own, so that it is taken for no other token.
const HEADER: &str = r#"{"alg":"HS256","typ":"keystile-assertion+jwt"}"#;

#[derive(Serialize)]
struct Assertion<'a> {
    iss: &'a str,
    iat: u64,
    exp: u64,
    jti: &'a str,
    route: &'a str,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_could_be_guessed_is_refused_and_none_is_shown() {
        assert_eq!(Asserter::new(&"k".repeat(31)).unwrap_err(), WeakKey);
        let asserter = Asserter::new(&"k".repeat(32)).unwrap();
        assert_eq!(format!("{asserter:?}"), "Asserter { .. }");
    }
}
