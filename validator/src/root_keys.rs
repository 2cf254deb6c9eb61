//! The keys that everything else is believed for.

use alloc::vec::Vec;

use crate::{
    key::PublicKey,
    key_set::KeySet,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    order::are_distinct,
};

/// The keys that may sign key sets and delegations, one to four of them, so that the root itself can be rotated.
#[derive(Clone, Debug)]
pub struct RootKeys(Vec<PublicKey>);

impl RootKeys {
    /// How many roots there may be.
    pub const MAX: usize = 4;

    /// The given root keys, all different.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        // By thumbprint, so that one key under two names does not count as two.
        let thumbprint =
            |at| keys.get(at).map(|key: &PublicKey| key.thumbprint().as_str()).unwrap_or_default();
        let mut positions: Vec<_> = (0..keys.len()).collect();
        if (1..=Self::MAX).contains(&keys.len()) && are_distinct(&mut positions, thumbprint) {
            Ok(Self(keys))
        } else {
            Err(KeySetCode::RootKeysInvalid.into())
        }
    }

    /// Reads root keys from a plain JWK Set.
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, KeySetError> {
        Self::new(KeySet::from_jwks(jwks, &Limits::default())?.keys().to_vec())
    }

    /// The root keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }

    /// The root with the thumbprint `kid`.
    pub(crate) fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|root| root.thumbprint().as_str() == kid)
    }

    /// Whether `key` is a root, whatever it is called.
    pub(crate) fn contain(&self, key: &PublicKey) -> bool {
        self.find(key.thumbprint().as_str()).is_some()
    }
}
