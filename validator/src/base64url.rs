//! Base64url without padding (RFC 7515 section 2), strict: one byte string has exactly one spelling.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use smallvec::{Array, SmallVec};

/// The text is not unpadded, canonical base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidBase64url;

/// Decodes `text`, refusing padding, white space, other alphabets and bits that are set but carry nothing.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, InvalidBase64url> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidBase64url)
}

/// The same without the heap, if `bytes`, which are replaced, have room. They are the caller's, because to return an
/// array of thousands would copy it.
pub(crate) fn decode_into<A: Array<Item = u8>>(
    text: &[u8],
    bytes: &mut SmallVec<A>,
) -> Result<(), InvalidBase64url> {
    bytes.clear();
    bytes.resize(decoded_len(text.len()), 0);
    let length = URL_SAFE_NO_PAD.decode_slice(text, bytes).map_err(|_| InvalidBase64url)?;
    bytes.truncate(length);
    Ok(())
}

/// Encodes `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// How many bytes `length` characters decode to.
pub(crate) fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + (length % 4).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_url_safe_alphabet_is_read() {
        assert_eq!(decode(b"-_8").unwrap(), [0xfb, 0xff]);
        for text in ["+/8", "-_8 ", " -_8", "-_\n8", "-_8\0", "-_.8", "-_8\u{e9}"] {
            assert!(decode(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn both_ways_to_decode_agree_on_every_short_text() {
        let characters = b"AB_z=+ \xff";
        let mut texts = vec![Vec::new()];
        for _ in 0..5 {
            texts =
                texts.iter().flat_map(|text| characters.map(|last| [text, &[last][..]].concat())).collect();
            for text in &texts {
                let mut bytes = SmallVec::<[u8; 2]>::from_slice(b"?");
                let decoded = decode_into(text, &mut bytes).map(|()| bytes.to_vec());
                assert_eq!(decoded, decode(text), "{text:?}");
            }
        }
    }

    #[test]
    fn padding_is_refused() {
        for text in ["-_8=", "AA==", "=", "AAAA="] {
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn bits_that_carry_nothing_are_zero() {
        assert!(decode(b"AA").is_ok());
        assert!(decode(b"AB").is_err());
        assert!(decode(b"AAE").is_ok());
        assert!(decode(b"AAF").is_err());
    }

    #[test]
    fn one_character_alone_encodes_nothing() {
        assert!(decode(b"A").is_err());
        assert!(decode(b"AAAAA").is_err());
        assert_eq!(decode(b"").unwrap(), b"");
    }

    #[test]
    fn the_decoded_length_is_known_beforehand() {
        for length in 0..20 {
            let bytes = vec![0; length];
            assert_eq!(decoded_len(encode(&bytes).len()), length);
        }
    }
}
