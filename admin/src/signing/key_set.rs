//! Signing the key set document, and believing it before anybody else has to.

use keystile_validator::{Floor, Limits, RootKeys, UnverifiedKeySet};

use super::{PrivateKey, SigningError, jws};
use crate::domain::{KeySetDocument, KeySetStamp};

/// Signs a key set with the root key. Returns it only if the validator, given that root, believes it at the instant of
/// signing and as the successor of everything before.
pub fn sign_key_set(
    root: &PrivateKey,
    document: &KeySetDocument<'_>,
    issuer: &str,
    stamp: KeySetStamp,
) -> Result<String, SigningError> {
    let signed = jws::sign(root, "jwk-set+jwt", document)?;
    let roots = RootKeys::new(vec![root.public().clone()]).map_err(SigningError::KeySetRefused)?;
    UnverifiedKeySet::parse(signed.as_bytes(), &Limits::default())
        .and_then(|unverified| unverified.verify(&roots))
        .and_then(|signed| signed.trusted(issuer, stamp.issued_at.into(), &Floor::at_version(stamp.version)))
        .map_err(SigningError::KeySetRefused)?;
    Ok(signed)
}
