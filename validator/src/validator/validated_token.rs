//! What is left of a token once it is believed.

use alloc::{boxed::Box, string::String};

use super::registered_claims::{RegisteredClaims, Text};
use crate::{key::KeyId, lifetime::Lifetime, time::UnixTime};

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
    header_json: Box<str>,
    claims_json: String,
    claims: RegisteredClaims,
    kid: KeyId,
    names_key: bool,
    lifetime: Lifetime,
}

impl ValidatedToken {
    pub(super) fn new(
        header: &str,
        claims_json: String,
        claims: RegisteredClaims,
        (kid, names_key): (&KeyId, bool),
        lifetime: Lifetime,
    ) -> Self {
        Self { header_json: header.into(), claims_json, claims, kid: kid.clone(), names_key, lifetime }
    }

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

    /// Whether the token itself names that key, in the header `kid`.
    pub fn names_key(&self) -> bool {
        self.names_key
    }

    /// When the verdict may be repeated without asking again, as long as the key set stays.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// The `iss` claim.
    pub fn issuer(&self) -> Option<&str> {
        self.text(&self.claims.issuer)
    }

    /// The `sub` claim.
    pub fn subject(&self) -> Option<&str> {
        self.text(&self.claims.subject)
    }

    /// The `aud` claim, one by one; one audience as a string counts as a list of one.
    pub fn audiences(&self) -> impl Iterator<Item = &str> {
        self.claims.audiences.iter().map(|audience| audience.within(&self.claims_json))
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
        self.text(&self.claims.token_id)
    }

    /// The `sid` claim.
    pub fn session_id(&self) -> Option<&str> {
        self.text(&self.claims.session_id)
    }

    /// The `client_id` claim.
    pub fn client_id(&self) -> Option<&str> {
        self.text(&self.claims.client_id)
    }

    /// The claims as a type of the caller's.
    #[cfg(feature = "serde")]
    pub fn claims_as<T: serde::de::DeserializeOwned>(&self) -> Result<T, UnexpectedClaims> {
        serde_json::from_str(&self.claims_json).map_err(UnexpectedClaims)
    }

    fn text<'a>(&'a self, claim: &'a Option<Text>) -> Option<&'a str> {
        claim.as_ref().map(|text| text.within(&self.claims_json))
    }
}

/// The claims are not of the type that the caller expects.
#[cfg(feature = "serde")]
#[derive(Debug, thiserror::Error)]
#[error("the claims do not fit the expected type: {0}")]
pub struct UnexpectedClaims(serde_json::Error);
