//! Base64 (RFC 4648), strict: one byte string has exactly one spelling.

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
mod vectors;

use alloc::{string::String, vec, vec::Vec};

use smallvec::{Array, SmallVec};

/// The text is not canonical base64 of the alphabet asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidBase64;

/// What each byte stands for; 255 for no digit.
type Alphabet = [u8; 256];

static STANDARD: Alphabet = alphabet(*b"+/");
static URL: Alphabet = alphabet(*b"-_");

/// Decodes base64url without padding (RFC 7515 section 2), refusing padding, white space, other alphabets and bits that
/// are set but carry nothing.
pub(crate) fn decode_url(text: &[u8]) -> Result<Vec<u8>, InvalidBase64> {
    let mut bytes = vec![0; decoded_len(text.len())];
    decode_url_to(text, &mut bytes)?;
    Ok(bytes)
}

/// The same without the heap, if `bytes`, which are replaced, have room, and at once if they are long enough already. They
/// are the caller's, because to return an array of thousands would copy it.
pub(crate) fn decode_url_into<A: Array<Item = u8>>(
    text: &[u8],
    bytes: &mut SmallVec<A>,
) -> Result<(), InvalidBase64> {
    let length = decoded_len(text.len());
    bytes.truncate(length);
    bytes.resize(length, 0);
    decode_url_to(text, bytes)
}

/// Decodes the base64 of PEM, padded (RFC 7468 section 3).
pub(crate) fn decode_padded(text: &[u8]) -> Result<Vec<u8>, InvalidBase64> {
    if !text.len().is_multiple_of(4) {
        return Err(InvalidBase64);
    }
    let digits = text.strip_suffix(b"=").map_or(text, |text| text.strip_suffix(b"=").unwrap_or(text));
    let mut bytes = vec![0; decoded_len(digits.len())];
    decode(digits, &mut bytes, &STANDARD)?;
    Ok(bytes)
}

/// Encodes `bytes` in base64url without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group.iter_mut().skip(1).zip(chunk).for_each(|(place, byte)| *place = *byte);
        let group = u32::from_be_bytes(group);
        let digits = [18, 12, 6, 0].map(|shift| char::from(digit((group >> shift & 63) as u8, *b"-_")));
        text.extend(digits.iter().take(chunk.len() + 1));
    }
    text
}

/// How many bytes `length` characters decode to.
pub(crate) fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + (length % 4).saturating_sub(1)
}

/// As [`decode`], sixteen digits at a time where there are vector instructions for it.
fn decode_url_to(text: &[u8], bytes: &mut [u8]) -> Result<(), InvalidBase64> {
    #[cfg(all(target_family = "wasm", target_feature = "simd128"))]
    let (text, bytes) = vectors::decode_blocks(text, bytes).ok_or(InvalidBase64)?;
    decode(text, bytes, &URL)
}

/// Decodes `text` to all of `bytes`, which are as many as it decodes to.
fn decode(text: &[u8], bytes: &mut [u8], alphabet: &Alphabet) -> Result<(), InvalidBase64> {
    let (fours, rest) = text.as_chunks();
    let (threes, last) = bytes.as_chunks_mut();
    let mut all = 0;
    for (four, three) in fours.iter().zip(threes) {
        *three = group(four, alphabet, &mut all);
    }
    // What the last group lacks counts as zeros, which is how it tells whether bits are set that carry nothing.
    let mut four = [b'A'; 4];
    four.iter_mut().zip(rest).for_each(|(digit, given)| *digit = *given);
    let three = group(&four, alphabet, &mut all);
    last.iter_mut().zip(&three).for_each(|(byte, decoded)| *byte = *decoded);
    let nothing_more = three.iter().skip(last.len()).all(|byte| *byte == 0);
    if all & 0xc0 == 0 && nothing_more && rest.len() != 1 { Ok(()) } else { Err(InvalidBase64) }
}

/// Decodes four digits, and adds their bits to `all`: more than six if one is none.
#[inline(always)]
#[expect(clippy::indexing_slicing, reason = "there is a value for each byte")]
fn group(digits: &[u8; 4], alphabet: &Alphabet, all: &mut u8) -> [u8; 3] {
    let [a, b, c, d] = digits.map(|digit| alphabet[usize::from(digit)]);
    *all |= a | b | c | d;
    [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]
}

#[expect(clippy::indexing_slicing, reason = "there is a value for each byte")]
const fn alphabet(last: [u8; 2]) -> Alphabet {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 64 {
        values[digit(value, last) as usize] = value;
        value += 1;
    }
    values
}

const fn digit(value: u8, last: [u8; 2]) -> u8 {
    match value {
        0..26 => b'A' + value,
        26..52 => b'a' + (value - 26),
        52..62 => b'0' + (value - 52),
        62 => last[0],
        _ => last[1],
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn only_the_url_safe_alphabet_is_read() {
        assert_eq!(decode_url(b"-_8").unwrap(), [0xfb, 0xff]);
        for text in ["+/8", "-_8 ", " -_8", "-_\n8", "-_8\0", "-_.8", "-_8\u{e9}"] {
            assert!(decode_url(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_short_text_is_read_as_another_make_reads_it() {
        let characters = b"AB_z=+/ \xff";
        let mut texts = vec![Vec::new()];
        for _ in 0..5 {
            texts =
                texts.iter().flat_map(|text| characters.map(|last| [text, &[last][..]].concat())).collect();
            for text in &texts {
                let mut bytes = SmallVec::<[u8; 2]>::from_slice(b"?");
                let decoded = decode_url_into(text, &mut bytes).map(|()| bytes.to_vec());
                assert_eq!(decoded, decode_url(text), "{text:?}");
                assert_eq!(decoded.ok(), URL_SAFE_NO_PAD.decode(text).ok(), "{text:?}");
                assert_eq!(decode_padded(text).ok(), STANDARD.decode(text).ok(), "{text:?}");
            }
        }
    }

    #[test]
    fn every_byte_is_refused_or_read_at_every_place_as_another_make_does() {
        for length in 0..40 {
            for place in 0..length {
                for byte in 0..=255 {
                    let mut text = vec![b'A'; length];
                    text[place] = byte;
                    assert_eq!(decode_url(&text).ok(), URL_SAFE_NO_PAD.decode(&text).ok(), "{text:?}");
                    assert_eq!(decode_padded(&text).ok(), STANDARD.decode(&text).ok(), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn bytes_of_every_length_are_encoded_and_decoded() {
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(89).wrapping_add(length)).collect();
            let text = encode_url(&bytes);
            assert_eq!(text, URL_SAFE_NO_PAD.encode(&bytes));
            assert_eq!(decoded_len(text.len()), bytes.len());
            assert_eq!(decode_url(text.as_bytes()).unwrap(), bytes);
            assert_eq!(decode_padded(STANDARD.encode(&bytes).as_bytes()).unwrap(), bytes);
        }
    }

    #[test]
    fn bits_that_carry_nothing_are_zero() {
        assert!(decode_url(b"AA").is_ok());
        assert!(decode_url(b"AB").is_err());
        assert!(decode_url(b"AAE").is_ok());
        assert!(decode_url(b"AAF").is_err());
    }

    #[test]
    fn one_character_alone_encodes_nothing() {
        assert!(decode_url(b"A").is_err());
        assert!(decode_url(b"AAAAA").is_err());
        assert_eq!(decode_url(b"").unwrap(), b"");
    }
}
