//! The signed key set: believed for its signature, its issuer, its time and its version, never for where it was read.

use crate::{
    key::PublicKey,
    key_set::KeySet,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    time::UnixTime,
};

/// The keys that may sign key sets, one to four of them, so that the root itself can be rotated.
#[derive(Clone, Debug)]
pub struct RootKeys(Vec<PublicKey>);

impl RootKeys {
    /// How many roots there may be.
    pub const MAX: usize = 4;

    /// The given root keys.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        Ok(Self(keys))
    }

    /// Reads root keys from a plain JWK Set.
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, KeySetError> {
        Self::new(KeySet::from_jwks(jwks, &Limits::default())?.keys().to_vec())
    }

    /// The root keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }
}

/// A signed key set of which nothing is believed yet.
#[derive(Debug)]
pub struct UnverifiedKeySet<'a> {
    jws: &'a [u8],
}

impl<'a> UnverifiedKeySet<'a> {
    /// Takes the document apart: a compact JWS with the header of a signed key set.
    pub fn parse(jws: &'a [u8], limits: &Limits) -> Result<Self, KeySetError> {
        let _ = limits;
        Ok(Self { jws })
    }

    /// Returns the content only if one of `roots` signed it.
    pub fn verify(self, roots: &RootKeys) -> Result<SignedKeySet, KeySetError> {
        let _ = (self.jws, roots);
        Err(KeySetCode::DocumentSignatureInvalid.into())
    }
}

/// A key set that a root has signed. Whether it is the right one, and still valid, is not known yet.
#[derive(Debug)]
pub struct SignedKeySet {
    issuer: String,
    version: u64,
}

impl SignedKeySet {
    /// The issuer whose tokens the keys verify.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The version, which strictly increases.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns the key set only if it is of `issuer`, valid at `now`, and not below the version `floor`.
    pub fn trusted(self, issuer: &str, now: UnixTime, floor: Option<u64>) -> Result<KeySet, KeySetError> {
        let _ = (issuer, now, floor);
        Err(KeySetCode::DocumentExpired.into())
    }
}
