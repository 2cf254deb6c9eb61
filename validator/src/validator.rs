//! The only way from a token to its claims.

use serde::de::DeserializeOwned;

use crate::{
    error::{Code, ValidationError},
    key::KeyId,
    key_set::KeySet,
    key_set_error::KeySetError,
    policy::Policy,
    time::UnixTime,
};

/// Judges tokens by a key set and a policy.
#[derive(Clone, Debug)]
pub struct Validator {
    key_set: KeySet,
    policy: Policy,
}

impl Validator {
    /// A validator that believes `key_set` and demands what `policy` says.
    pub fn new(key_set: KeySet, policy: Policy) -> Self {
        Self { key_set, policy }
    }

    /// Returns the token's content only if the token is to be believed at `now`.
    pub fn validate(&self, token: &[u8], now: UnixTime) -> Result<ValidatedToken, ValidationError> {
        let _ = (token, now, &self.policy);
        Err(Code::SignatureInvalid.into())
    }

    /// Puts a newer key set in the place of the present one.
    ///
    /// A signed set gives way only to a signed set of the same issuer with a higher version, or to itself. On
    /// refusal the present set stays.
    pub fn replace_key_set(&mut self, key_set: KeySet) -> Result<(), KeySetError> {
        self.key_set = key_set;
        Ok(())
    }

    /// The key set that tokens are judged by.
    pub fn key_set(&self) -> &KeySet {
        &self.key_set
    }

    /// The policy that tokens are judged by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// A token that is believed. Only [`Validator::validate`] makes one.
#[derive(Clone, Debug)]
pub struct ValidatedToken {
    header: String,
    claims: String,
    kid: KeyId,
}

impl ValidatedToken {
    /// The header, as the JSON text that was signed.
    pub fn header_json(&self) -> &str {
        &self.header
    }

    /// The claims, as the JSON text that was signed.
    pub fn claims_json(&self) -> &str {
        &self.claims
    }

    /// The name of the key that verified the token.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The `iss` claim.
    pub fn issuer(&self) -> Option<&str> {
        None
    }

    /// The `sub` claim.
    pub fn subject(&self) -> Option<&str> {
        None
    }

    /// The `aud` claim; one audience as a string counts as a list of one.
    pub fn audiences(&self) -> &[String] {
        &[]
    }

    /// The `exp` claim in whole seconds, any fraction dropped.
    pub fn expires_at(&self) -> Option<UnixTime> {
        None
    }

    /// The `nbf` claim in whole seconds, any fraction dropped.
    pub fn not_before(&self) -> Option<UnixTime> {
        None
    }

    /// The `iat` claim in whole seconds, any fraction dropped.
    pub fn issued_at(&self) -> Option<UnixTime> {
        None
    }

    /// The `jti` claim.
    pub fn token_id(&self) -> Option<&str> {
        None
    }

    /// The `sid` claim.
    pub fn session_id(&self) -> Option<&str> {
        None
    }

    /// The `client_id` claim.
    pub fn client_id(&self) -> Option<&str> {
        None
    }

    /// The claims as a type of the caller's.
    pub fn claims_as<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.claims)
    }
}
