//! The one place in WASM memory where a token is laid down and its verdict is picked up.
//!
//! JavaScript writes the token's text there by itself and passes its length, because this is several times cheaper than
//! a string that the boundary allocates, copies and frees. What it finds there afterwards is JSON text.

use alloc::{boxed::Box, vec, vec::Vec};

use keystile_validator::{Limits, ValidatedToken};

/// One byte more than the longest token that any limit allows, so that a longer one is seen to be too long. A token decodes
/// to three quarters of its length, so that its header and claims fit where it lay.
pub(crate) const BYTES: usize = Limits::MAX_TOKEN_BYTES + 1;

/// What numbers of headers are multiplied by, to stand beside a length in one number.
const LENGTHS: u64 = 1 << 17;
const _: () = assert!((BYTES as u64) < LENGTHS);

#[derive(Debug)]
pub(crate) struct Desk {
    bytes: Box<[u8]>,
    headers: Headers,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; BYTES].into_boxed_slice(), headers: Headers::default() }
    }

    /// Where it is. It stays there.
    pub(crate) fn address(&self) -> usize {
        self.bytes.as_ptr().addr()
    }

    /// The `length` bytes that JavaScript has laid down. What does not fit was not written, and is too long.
    pub(crate) fn read(&self, length: usize) -> &[u8] {
        self.bytes.get(..length).unwrap_or(&self.bytes)
    }

    /// Leaves the JSON of the claims, then that of the header, then a zero byte, which no JSON has. Returns the length of
    /// the claims plus [`LENGTHS`] times the number of the header.
    pub(crate) fn leave(&mut self, token: &ValidatedToken) -> u64 {
        let mut start = 0;
        for part in [token.claims_json(), token.header_json(), "\0"] {
            let end = start + part.len();
            if let Some(place) = self.bytes.get_mut(start..end) {
                place.copy_from_slice(part.as_bytes());
            }
            start = end;
        }
        self.headers.number(token.header_json()) * LENGTHS + token.claims_json().len() as u64
    }
}

/// The headers that were left last, each with a number that no other ever gets: so JavaScript, which keeps what it made of
/// them, need not read again what it has read. They are few, one for each key and type of token.
#[derive(Debug, Default)]
struct Headers {
    known: Vec<(u64, Box<str>)>,
    next: u64,
}

impl Headers {
    const KNOWN: usize = 8;

    fn number(&mut self, header: &str) -> u64 {
        if let Some((number, _)) = self.known.iter().find(|(_, known)| **known == *header) {
            return *number;
        }
        let number = self.next;
        self.next += 1;
        if self.known.len() == Self::KNOWN {
            self.known.remove(0);
        }
        self.known.push((number, header.into()));
        number
    }
}
