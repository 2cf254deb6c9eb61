//! The compact serialization of a JWS (RFC 7515 section 7.1).

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::{
    base64::{self, InvalidBase64},
    limits::Limits,
};

/// A decoded header. Those within the default limit take no memory from the heap.
pub(crate) type HeaderBytes = SmallVec<[u8; Limits::DEFAULT_HEADER_BYTES]>;

/// A decoded signature. Those of the longest modulus or shorter take no memory from the heap.
pub(crate) type SignatureBytes = SmallVec<[u8; Limits::MAX_MODULUS_BITS / 8]>;

/// A compact JWS, taken apart. Nothing in it is decoded, and nothing is believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompactJws<'a> {
    signing_input: &'a [u8],
    header: &'a [u8],
    payload: &'a [u8],
    signature: &'a [u8],
}

impl<'a> CompactJws<'a> {
    /// Takes `jws` apart at its two dots. `None` if there are fewer or more; text full of dots costs no more than
    /// the first three.
    pub(crate) fn parse(jws: &'a [u8]) -> Option<Self> {
        let (header, rest) = split_at_dot(jws)?;
        let (payload, signature) = split_at_dot(rest)?;
        if split_at_dot(signature).is_some() {
            return None;
        }
        let signing_input = jws.get(..header.len() + 1 + payload.len())?;
        Some(Self { signing_input, header, payload, signature })
    }

    /// What the signature signs: header and payload as they were sent, with the dot between them.
    pub(crate) fn signing_input(&self) -> &'a [u8] {
        self.signing_input
    }

    /// How long the header is once decoded.
    pub(crate) fn header_len(&self) -> usize {
        base64::decoded_len(self.header.len())
    }

    pub(crate) fn decode_header(&self, bytes: &mut HeaderBytes) -> Result<(), InvalidBase64> {
        base64::decode_url_into(self.header, bytes)
    }

    pub(crate) fn decode_payload(&self) -> Result<Vec<u8>, InvalidBase64> {
        base64::decode_url(self.payload)
    }

    pub(crate) fn decode_signature(&self, bytes: &mut SignatureBytes) -> Result<(), InvalidBase64> {
        base64::decode_url_into(self.signature, bytes)
    }
}

/// What stands before and behind the first dot. Sixteen bytes are looked at together, without a branch for each.
fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_dot = |byte: &u8| *byte == b'.';
    let (blocks, _) = text.as_chunks::<16>();
    let has_dot = |block: &[u8; 16]| block.iter().fold(false, |found, byte| found | is_dot(byte));
    let start = 16 * blocks.iter().position(has_dot).unwrap_or(blocks.len());
    let at = start + text.get(start..)?.iter().position(is_dot)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_jws_has_three_segments() {
        let jws = CompactJws::parse(b"aa.bbb.c").unwrap();
        assert_eq!(jws.signing_input(), b"aa.bbb");
        assert_eq!((jws.header, jws.payload, jws.signature), (&b"aa"[..], &b"bbb"[..], &b"c"[..]));
        let long = [b'a'; 100];
        for (first, second) in [(0, 1), (15, 16), (15, 31), (16, 17), (31, 99), (98, 99)] {
            let mut text = long;
            (text[first], text[second]) = (b'.', b'.');
            let jws = CompactJws::parse(&text).unwrap();
            assert_eq!((jws.header.len(), jws.signing_input.len()), (first, second));
            assert_eq!(jws.signature.len(), 99 - second);
        }
        for other in ["", "a", "a.b", "a.b.c.", ".a.b.c", "a.b.c.d", "a.b.c.d.e", "...."] {
            assert!(CompactJws::parse(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn an_empty_segment_is_a_segment() {
        assert!(CompactJws::parse(b"..").is_some());
        assert!(CompactJws::parse(b"a.b.").is_some());
    }
}
