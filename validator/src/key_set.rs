//! A set of keys that is believed.

use crate::{
    key::{KeyId, PublicKey},
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    time::UnixTime,
};

/// The keys whose signatures are believed, and for a signed set what its issuer says about them.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Vec<PublicKey>,
}

impl KeySet {
    /// Reads a plain JWK Set (RFC 7517 section 5).
    pub fn from_jwks(jwks: &[u8], limits: &Limits) -> Result<Self, KeySetError> {
        let _ = (jwks, limits);
        Err(KeySetCode::KeySetMalformed.into())
    }

    /// Reads public keys in PEM; each text holds one block or several. Each key's `kid` is its thumbprint.
    pub fn from_pem<T: AsRef<str>>(texts: &[T], limits: &Limits) -> Result<Self, KeySetError> {
        let _ = (texts, limits);
        Err(KeySetCode::PemMalformed.into())
    }

    /// A set of the given keys, newest first.
    pub fn from_keys(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        Ok(Self { keys })
    }

    /// How many keys can verify a token. Never zero.
    #[expect(clippy::len_without_is_empty, reason = "a key set is never empty")]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys, newest first.
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    /// The names of the keys, newest first.
    pub fn kids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys.iter().map(PublicKey::kid)
    }

    /// The version of a signed set.
    pub fn version(&self) -> Option<u64> {
        None
    }

    /// The issuer of a signed set.
    pub fn issuer(&self) -> Option<&str> {
        None
    }

    /// The instant from which a signed set is not believed any more.
    pub fn expires_at(&self) -> Option<UnixTime> {
        None
    }

    /// After how many seconds a reader of a signed set should look for a newer one.
    pub fn refresh(&self) -> Option<u32> {
        None
    }

    /// The public keys as a plain JWK Set, for verifiers of other makes.
    pub fn to_jwks(&self) -> String {
        String::new()
    }
}
