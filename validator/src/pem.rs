//! Public keys in PEM (RFC 7468): `PUBLIC KEY` and `RSA PUBLIC KEY`.

use base64::{Engine, engine::general_purpose::STANDARD};
use spki::{SubjectPublicKeyInfoRef, der::Decode};

use crate::{
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// `rsaEncryption` (RFC 8017 appendix A.1). Keys bound to PSS or OAEP have other identifiers and are not taken.
const RSA_ENCRYPTION: spki::ObjectIdentifier = spki::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// Reads all keys in `text`, one block or several, in their order.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Vec<PublicKey>, KeySetError> {
    if text.len() > limits.key_set_bytes() {
        return Err(KeySetCode::KeySetTooLarge.into());
    }
    let mut keys = Vec::new();
    let mut rest = text.trim_ascii();
    while !rest.is_empty() {
        let (block, after) = Block::take(rest).ok_or(KeySetCode::PemMalformed)?;
        keys.push(block.key(limits)?);
        rest = after.trim_ascii_start();
    }
    if keys.is_empty() { Err(KeySetCode::PemMalformed.into()) } else { Ok(keys) }
}

/// One PEM block, its label and its base64.
struct Block<'t> {
    label: &'t str,
    body: &'t str,
}

impl<'t> Block<'t> {
    /// Takes the block at the start of `text`. `None` if no whole block is there.
    fn take(text: &'t str) -> Option<(Self, &'t str)> {
        let (label, rest) = text.strip_prefix(BEGIN)?.split_once(DASHES)?;
        let (body, rest) = rest.split_once(END)?;
        let rest = rest.strip_prefix(label)?.strip_prefix(DASHES)?;
        Some((Self { label, body }, rest))
    }

    fn key(&self, limits: &Limits) -> Result<PublicKey, KeySetError> {
        if self.label.ends_with("PRIVATE KEY") {
            return Err(KeySetCode::PrivateKeyInSet.into());
        }
        let der = self.der()?;
        let pkcs1 = match self.label {
            "PUBLIC KEY" => subject_public_key(&der),
            "RSA PUBLIC KEY" => Some(der.as_slice()),
            _ => None,
        };
        let key =
            pkcs1.and_then(|der| pkcs1::RsaPublicKey::from_der(der).ok()).ok_or(KeySetCode::PemMalformed)?;
        PublicKey::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes(), limits)
    }

    fn der(&self) -> Result<Vec<u8>, KeySetCode> {
        let base64: Vec<u8> = self.body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(base64).map_err(|_| KeySetCode::PemMalformed)
    }
}

/// The RSA key inside a `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
fn subject_public_key(der: &[u8]) -> Option<&[u8]> {
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    if info.algorithm.oid != RSA_ENCRYPTION { None } else { info.subject_public_key.as_bytes() }
}
