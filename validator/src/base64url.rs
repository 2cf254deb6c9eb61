//! Base64url without padding (RFC 7515 section 2), strict: one byte string has exactly one spelling.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The text is not unpadded, canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidBase64url;

/// Decodes `text`, refusing padding, white space, other alphabets and bits that are set but carry nothing.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, InvalidBase64url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidBase64url)
}

/// Encodes `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many bytes `length` characters decode to.
pub(crate) fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + (length % 4).saturating_sub(1)
}
