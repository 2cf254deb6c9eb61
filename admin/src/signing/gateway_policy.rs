//! Signing a gateway's policy, and believing it before any gateway has to.

use keystile_validator::SignedPolicy;
use serde::Serialize;

use super::{SetSigner, SigningError, jws};
use crate::domain::Timestamp;

/// What is signed (docs/format.md, 10).
#[derive(Serialize)]
struct Payload<'a> {
    format: u8,
    iss: &'a str,
    iat: u64,
    version: u64,
    policy: &'a str,
}

/// Signs the text of a policy for the gateways of `issuer`; its version is the second of its signing. Returns it only
/// if the validator, given the roots, believes it.
pub fn sign_policy(
    signer: &SetSigner,
    text: &str,
    issuer: &str,
    now: Timestamp,
) -> Result<String, SigningError> {
    let (iat, version) = (now.as_secs(), now.as_secs());
    let payload = Payload { format: 1, iss: issuer, iat, version, policy: text };
    let signed = jws::sign(&signer.key, "keystile-policy+jwt", signer.delegation.as_deref(), &payload)?;
    SignedPolicy::verify(signed.as_bytes(), &signer.roots, issuer, now.into())
        .map_err(SigningError::KeySetRefused)?;
    Ok(signed)
}
