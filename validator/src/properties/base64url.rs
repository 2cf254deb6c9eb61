use smallvec::SmallVec;

use crate::base64::{InvalidBase64, decode_padded, decode_url, decode_url_into, decoded_len, encode_url};

const URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// All decoders take exactly what an alphabet, read bit by bit, makes of a text, and encoding leads back to the text.
pub fn base64url(text: &[u8]) {
    let decoded = decode_url(text);
    let mut bytes = SmallVec::<[u8; 16]>::new();
    assert_eq!(decode_url_into(text, &mut bytes).map(|()| bytes.to_vec()), decoded);
    assert_eq!(decoded, bit_by_bit(text, URL).ok_or(InvalidBase64));
    if let Ok(decoded) = decoded {
        assert_eq!(decoded.len(), decoded_len(text.len()));
        assert_eq!(encode_url(&decoded).as_bytes(), text);
    }
    assert_eq!(decode_url(encode_url(text).as_bytes()).as_deref(), Ok(text));

    let padding = text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let digits = text.get(..text.len() - padding).filter(|_| text.len().is_multiple_of(4));
    let padded = digits.and_then(|digits| bit_by_bit(digits, STANDARD));
    assert_eq!(decode_padded(text), padded.ok_or(InvalidBase64));
}

/// RFC 4648 as it stands: six bits a digit; what does not fill a byte is zero, and less than six bits.
fn bit_by_bit(text: &[u8], alphabet: &[u8; 64]) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer, mut bits) = (Vec::new(), 0_u32, 0);
    for character in text {
        let digit = alphabet.iter().position(|it| it == character)?;
        buffer = buffer << 6 | digit as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
            buffer &= (1 << bits) - 1;
        }
    }
    (bits < 6 && buffer == 0).then_some(bytes)
}
