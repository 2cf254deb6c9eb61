//! The compact serialization of a JWS (RFC 7515 section 7.1).

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
        let mut segments = jws.split(|byte| *byte == b'.');
        let (header, payload, signature) = (segments.next()?, segments.next()?, segments.next()?);
        if segments.next().is_some() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_jws_has_three_segments() {
        let jws = CompactJws::parse(b"aa.bbb.c").unwrap();
        assert_eq!(jws.signing_input(), b"aa.bbb");
        assert_eq!((jws.header, jws.payload, jws.signature), (&b"aa"[..], &b"bbb"[..], &b"c"[..]));
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
