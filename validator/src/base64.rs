//! Base64 (RFC 4648), strict: one byte string has exactly one spelling.
//!
//! Sixteen characters are decoded at a time without a branch, so that the compiler makes vector instructions of it and
//! the time taken says nothing about where a text is wrong.

use smallvec::{Array, SmallVec};

/// The text is not canonical base64 of the alphabet asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InvalidBase64;

/// What stands for 62 and 63.
#[derive(Clone, Copy)]
struct Alphabet(u8, u8);

const STANDARD: Alphabet = Alphabet(b'+', b'/');
const URL: Alphabet = Alphabet(b'-', b'_');

/// Decodes base64url without padding (RFC 7515 section 2), refusing padding, white space, other alphabets and bits that
/// are set but carry nothing.
pub(crate) fn decode_url(text: &[u8]) -> Result<Vec<u8>, InvalidBase64> {
    let mut bytes = vec![0; decoded_len(text.len())];
    decode(text, &mut bytes, URL)?;
    Ok(bytes)
}

/// The same without the heap, if `bytes`, which are replaced, have room. They are the caller's, because to return an
/// array of thousands would copy it.
pub(crate) fn decode_url_into<A: Array<Item = u8>>(
    text: &[u8],
    bytes: &mut SmallVec<A>,
) -> Result<(), InvalidBase64> {
    let length = decoded_len(text.len());
    bytes.clear();
    bytes.reserve(length);
    // `resize` would write byte by byte.
    while let Some(missing) = length.checked_sub(bytes.len()).filter(|missing| *missing > 0) {
        bytes.extend_from_slice([0; 64].get(..missing).unwrap_or(&[0; 64]));
    }
    decode(text, bytes, URL)
}

/// Decodes the base64 of PEM, padded (RFC 7468 section 3).
pub(crate) fn decode_padded(text: &[u8]) -> Result<Vec<u8>, InvalidBase64> {
    if !text.len().is_multiple_of(4) {
        return Err(InvalidBase64);
    }
    let digits = text.strip_suffix(b"=").map_or(text, |text| text.strip_suffix(b"=").unwrap_or(text));
    let mut bytes = vec![0; decoded_len(digits.len())];
    decode(digits, &mut bytes, STANDARD)?;
    Ok(bytes)
}

/// Encodes `bytes` in base64url without padding.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() / 3 * 4 + 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let digits = [18, 12, 6, 0].map(|shift| character((group >> shift & 63) as u8));
        text.extend(digits.iter().take(chunk.len() + 1));
    }
    text
}

/// How many bytes `length` characters decode to.
pub(crate) fn decoded_len(length: usize) -> usize {
    length / 4 * 3 + (length % 4).saturating_sub(1)
}

/// Decodes `text` to all of `bytes`, which are as many as it decodes to.
fn decode(text: &[u8], bytes: &mut [u8], alphabet: Alphabet) -> Result<(), InvalidBase64> {
    let (blocks, rest) = text.as_chunks();
    let (decoded, last) = bytes.as_chunks_mut();
    let mut all = 0;
    for (block, decoded) in blocks.iter().zip(decoded) {
        all |= decode_block(block, decoded, alphabet);
    }
    // What the last block lacks counts as zeros, which is how it tells whether bits are set that carry nothing.
    let (mut block, mut decoded) = ([b'A'; 16], [0; 12]);
    block.iter_mut().zip(rest).for_each(|(digit, given)| *digit = *given);
    all |= decode_block(&block, &mut decoded, alphabet);
    last.iter_mut().zip(&decoded).for_each(|(byte, decoded)| *byte = *decoded);
    let nothing_more = decoded.iter().skip(last.len()).all(|byte| *byte == 0);
    if all < 64 && nothing_more && text.len() % 4 != 1 { Ok(()) } else { Err(InvalidBase64) }
}

/// Returns the bits that the values of all digits have together: 64 or more if one has none.
#[inline(always)]
fn decode_block(block: &[u8; 16], decoded: &mut [u8; 12], alphabet: Alphabet) -> u8 {
    let values = block.map(|digit| value(digit, alphabet));
    let (fours, threes) = (values.as_chunks().0, decoded.as_chunks_mut().0);
    for ([a, b, c, d], bytes) in fours.iter().zip(threes) {
        *bytes = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    values.iter().fold(0, |all, value| all | value)
}

/// What a digit stands for; 255 for no digit.
#[inline(always)]
fn value(digit: u8, Alphabet(of_62, of_63): Alphabet) -> u8 {
    let within = |first: u8, count: u8, value: u8| {
        let place = digit.wrapping_sub(first);
        if place < count { place.wrapping_add(value) ^ 255 } else { 0 }
    };
    // At most one of these is not zero.
    255 ^ (within(b'A', 26, 0)
        | within(b'a', 26, 26)
        | within(b'0', 10, 52)
        | within(of_62, 1, 62)
        | within(of_63, 1, 63))
}

fn character(value: u8) -> char {
    char::from(match value {
        0..26 => b'A' + value,
        26..52 => b'a' + (value - 26),
        52..62 => b'0' + (value - 52),
        62 => URL.0,
        _ => URL.1,
    })
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
