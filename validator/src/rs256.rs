//! RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2), verification only.

#[cfg(all(feature = "aws-lc", not(target_family = "wasm")))]
mod aws_lc;
mod public_operation;

use alloc::{boxed::Box, vec, vec::Vec};

use public_operation::PublicOperation;
use sha2::{Digest, Sha256};

/// The signature does not match.
///
/// Opaque on purpose: a caller has no use for more, and an attacker might.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the message")]
pub struct InvalidSignature;

/// The arithmetic that verifies signatures here: `aws-lc`, `fused`, `simd128` or `scalar`. All four give the same answers.
///
/// `aws-lc` is every native build with the feature of that name. `fused` needs WebAssembly with relaxed SIMD and a machine
/// that fuses multiply and add, which is tested once.
pub fn engine() -> &'static str {
    if cfg!(all(feature = "aws-lc", not(target_family = "wasm"))) {
        return "aws-lc";
    }
    public_operation::engine().as_str()
}

/// A key, made ready once for all the signatures that it will be asked about.
pub(crate) enum PreparedKey {
    #[cfg(all(feature = "aws-lc", not(target_family = "wasm")))]
    AwsLc(aws_lc::Key),
    /// Boxed, so that the many keys of a set that verify nothing stay small.
    OwnArithmetic(Box<PublicOperation>),
}

impl PreparedKey {
    /// Prepares a key, given its modulus and its exponent of at most eight bytes, both big-endian.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        // Whether a key is good is for our limits to say. One that aws-lc-rs does not take is left to our own arithmetic
        // and not refused, so that the feature changes no verdict.
        #[cfg(all(feature = "aws-lc", not(target_family = "wasm")))]
        if let Some(key) = aws_lc::Key::new(modulus, exponent) {
            return Some(Self::AwsLc(key));
        }
        let operation = PublicOperation::new(modulus, as_number(exponent), &frame(modulus.len()))?;
        Some(Self::OwnArithmetic(Box::new(operation)))
    }

    /// Returns `Ok` only if `signature` is the one valid signature of `message` under the key.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        match self {
            #[cfg(all(feature = "aws-lc", not(target_family = "wasm")))]
            Self::AwsLc(key) => key.verify(message, signature),
            Self::OwnArithmetic(operation) => verify(operation, message, signature),
        }
    }
}

/// A big-endian number of at most eight bytes.
fn as_number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The DER prefix of a SHA-256 `DigestInfo` (RFC 8017 section 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// The verification with our own arithmetic, prepared with the [`frame`].
fn verify(operation: &PublicOperation, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
    // 1. Length checking: the signature is exactly as long as the modulus.
    // 2. RSA verification primitive: the signature representative is below the modulus. The operation checks both.
    // 3. EMSA-PKCS1-v1_5 encoding of the message: the frame and the digest. 4. Comparison of the whole, as numbers: what
    //    the signature decodes to is never parsed, so there is no padding that a forger could get past a lenient parser.
    if operation.yields(signature, || Sha256::digest(message)) { Ok(()) } else { Err(InvalidSignature) }
}

/// What is the same in every encoded message of that length: EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) without the digest,
/// `00 01 ff .. ff 00 DigestInfo`.
fn frame(length: usize) -> Vec<u8> {
    let padding = length.saturating_sub(3 + DIGEST_INFO.len() + PublicOperation::MAX_TAIL);
    let mut frame = vec![0x00, 0x01];
    frame.resize(2 + padding, 0xff);
    frame.push(0x00);
    frame.extend(DIGEST_INFO);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(not(feature = "aws-lc"))]
    fn native_code_runs_the_scalar_engine() {
        assert_eq!(engine(), "scalar");
    }

    #[test]
    fn an_exponent_is_read_from_its_first_byte_to_its_last() {
        assert_eq!(as_number(&[1, 0, 1]), 65537);
        assert_eq!(as_number(&[1, 2, 3, 4, 5, 6, 7, 8]), 0x0102_0304_0506_0708);
        assert_eq!(as_number(&[]), 0);
    }

    #[test]
    fn an_encoded_message_is_padded_to_the_length_of_the_modulus() {
        let frame = frame(256);
        assert_eq!(frame.len(), 256 - 32);
        assert_eq!(frame[..3], [0x00, 0x01, 0xff]);
        assert_eq!(frame[256 - 54..256 - 49], [0xff, 0xff, 0x00, 0x30, 0x31]);
    }
}
