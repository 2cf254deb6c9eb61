//! What is left of a token once it is believed.

use serde::de::DeserializeOwned;

use crate::{claims::Claims, key::KeyId, time::UnixTime};

/// A token that is believed. Only [`Validator::validate`](crate::Validator::validate) makes one, so that whoever holds
/// one holds claims that were verified.
///
/// ```compile_fail,E0451
/// use keystile_validator::ValidatedToken;
///
/// let forged = ValidatedToken { claims_json: r#"{"sub":"admin"}"#.to_owned(), ..unreachable!() };
/// ```
#[derive(Clone, Debug)]
pub struct ValidatedToken {
    pub(super) header_json: String,
    pub(super) claims_json: String,
    pub(super) claims: Claims,
    pub(super) kid: KeyId,
}

impl ValidatedToken {
    /// The header, as the JSON text that was signed.
    pub fn header_json(&self) -> &str {
        &self.header_json
    }

    /// The claims, as the JSON text that was signed.
    pub fn claims_json(&self) -> &str {
        &self.claims_json
    }

    /// The name of the key that verified the token.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The `iss` claim.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer.as_deref()
    }

    /// The `sub` claim.
    pub fn subject(&self) -> Option<&str> {
        self.claims.subject.as_deref()
    }

    /// The `aud` claim; one audience as a string counts as a list of one.
    pub fn audiences(&self) -> &[String] {
        self.claims.audiences.as_deref().unwrap_or_default()
    }

    /// The `exp` claim in whole seconds, any fraction dropped.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.claims.expires_at.map(|date| date.to_unix_time())
    }

    /// The `nbf` claim in whole seconds, any fraction dropped.
    pub fn not_before(&self) -> Option<UnixTime> {
        self.claims.not_before.map(|date| date.to_unix_time())
    }

    /// The `iat` claim in whole seconds, any fraction dropped.
    pub fn issued_at(&self) -> Option<UnixTime> {
        self.claims.issued_at.map(|date| date.to_unix_time())
    }

    /// The `jti` claim.
    pub fn token_id(&self) -> Option<&str> {
        self.claims.token_id.as_deref()
    }

    /// The `sid` claim.
    pub fn session_id(&self) -> Option<&str> {
        self.claims.session_id.as_deref()
    }

    /// The `client_id` claim.
    pub fn client_id(&self) -> Option<&str> {
        self.claims.client_id.as_deref()
    }

    /// The claims as a type of the caller's.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, UnexpectedClaims> {
        serde_json::from_str(&self.claims_json).map_err(UnexpectedClaims)
    }
}

/// The claims are not of the type that the caller expects.
#[derive(Debug, thiserror::Error)]
#[error("the claims do not fit the expected type: {0}")]
pub struct UnexpectedClaims(serde_json::Error);
