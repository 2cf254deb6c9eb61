//! Signing the key set document, and believing it before anybody else has to.

use keystile_validator::{Floor, Limits, RootKeys, UnverifiedKeySet};

use super::{PrivateKey, SigningError, jws};
use crate::domain::{KeySetDocument, KeySetStamp};

/// What signs key sets: a root, or a key that a root delegates it to.
pub struct SetSigner {
    /// The key.
    pub key: PrivateKey,
    /// The delegation, if the key is not a root; each key set carries it.
    pub delegation: Option<String>,
    /// The roots that an edge may have pinned.
    pub roots: RootKeys,
}

/// Signs a key set. Returns it only if the validator, given the roots, believes it at the instant of signing and as the
/// successor of everything before. The filters that it names are checked where they are made.
pub fn sign_key_set(
    signer: &SetSigner,
    document: &KeySetDocument<'_>,
    issuer: &str,
    stamp: KeySetStamp,
) -> Result<String, SigningError> {
    let signed = jws::sign(&signer.key, "jwk-set+jwt", signer.delegation.as_deref(), document)?;
    UnverifiedKeySet::parse(signed.as_bytes(), &Limits::default())
        .and_then(|unverified| unverified.verify(&signer.roots))
        .and_then(|signed| signed.check(issuer, stamp.issued_at.into(), &Floor::at_version(stamp.version)))
        .map_err(SigningError::KeySetRefused)?;
    Ok(signed)
}
