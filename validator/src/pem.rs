//! Public keys in PEM (RFC 7468): `PUBLIC KEY` and `RSA PUBLIC KEY`.

use alloc::vec::Vec;

use crate::{
    base64, der,
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

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
        let (label, rest) = split_once(text.strip_prefix(BEGIN)?, DASHES)?;
        let (body, rest) = split_once(rest, END)?;
        let rest = rest.strip_prefix(label)?.strip_prefix(DASHES)?;
        Some((Self { label, body }, rest))
    }

    fn key(&self, limits: &Limits) -> Result<PublicKey, KeySetError> {
        if self.label.ends_with("PRIVATE KEY") {
            return Err(KeySetCode::PrivateKeyInSet.into());
        }
        let text: Vec<u8> = self.body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let der = base64::decode_padded(&text).map_err(|_| KeySetCode::PemMalformed)?;
        let key = match self.label {
            "PUBLIC KEY" => der::subject_public_key(&der),
            "RSA PUBLIC KEY" => der::rsa_public_key(&der),
            _ => None,
        };
        let key = key.ok_or(KeySetCode::PemMalformed)?;
        PublicKey::from_components(key.modulus, key.exponent, limits)
    }
}

/// What stands before and behind the first `mark`. The search of the standard library, made for long marks, is 4 KB of WASM.
fn split_once<'t>(text: &'t str, mark: &str) -> Option<(&'t str, &'t str)> {
    let at = text.as_bytes().windows(mark.len()).position(|window| window == mark.as_bytes())?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}
