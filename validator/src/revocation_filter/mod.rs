//! Revocations in their thousands and millions: a small filter that every reader holds, and exact lists that it asks
//! for only where the filter has a hit, so that a false positive never refuses a good token.
//!
//! The signed key set names a filter with the digest of its bytes, and the filter names its lists with theirs: where the
//! bytes come from proves nothing. The layout is section 4.1 of docs/format.md.

mod fuse;
mod shard;
#[cfg(feature = "write-filters")]
mod writer;

use alloc::{
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use sha2::{Digest, Sha256};

use crate::{
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
};
use fuse::Fuse;

pub use shard::{Shard, ShardReference};
#[cfg(feature = "write-filters")]
pub use writer::{UnwritableFilter, WrittenFilter};

/// The claim by which a filter takes tokens back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevokedClaim {
    /// `jti`: one token.
    TokenId,
    /// `sid`: every token of one session.
    SessionId,
}

impl RevokedClaim {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::TokenId, Self::SessionId];

    /// The name of the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenId => "jti",
            Self::SessionId => "sid",
        }
    }
}

/// What stands for a claim's value in a filter and its lists: the first half of its SHA-256. Two values that somebody
/// did not make for it share one with a probability of 2^-128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryDigest([u8; EntryDigest::BYTES]);

impl EntryDigest {
    /// How long it is.
    pub const BYTES: usize = 16;

    /// The digest of a claim's value.
    pub fn of(value: &str) -> Self {
        let mut half = [0; Self::BYTES];
        half.iter_mut().zip(Sha256::digest(value.as_bytes())).for_each(|(byte, hashed)| *byte = hashed);
        Self(half)
    }

    /// A digest that was kept.
    pub const fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// What it is in the filter.
    fn filter_key(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }

    /// In which of `shards` lists, a power of two, it stands: its first bits are the number.
    fn shard(&self, shards: u32) -> u32 {
        let [a, b, c, d, ..] = self.0;
        let first = u64::from(u32::from_be_bytes([a, b, c, d]));
        u32::try_from((first * u64::from(shards)) >> 32).unwrap_or(0)
    }
}

/// A filter as a signed key set names it. Its bytes lie elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterReference {
    pub(crate) claim: RevokedClaim,
    pub(crate) name: String,
    pub(crate) sha256: [u8; 32],
    pub(crate) count: u32,
}

impl FilterReference {
    /// The claim whose values it holds.
    pub fn claim(&self) -> RevokedClaim {
        self.claim
    }

    /// The key of its value in the store.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many values it holds.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The most bytes that it can have. More are not worth reading.
    pub fn max_bytes(&self) -> usize {
        Limits::MAX_FILTER_BYTES_BESIDE_ENTRIES + Limits::MAX_FILTER_BYTES_PER_ENTRY * self.count as usize
    }

    /// Returns the filter only if `value` is what the key set names, to the last bit.
    pub fn open(&self, value: Vec<u8>) -> Result<Filter, KeySetError> {
        if value.len() > self.max_bytes() {
            return Err(KeySetCode::FilterTooLarge.into());
        }
        if Sha256::digest(value.as_slice()) != self.sha256 {
            return Err(KeySetCode::FilterDigestMismatch.into());
        }
        let layout = Layout::read(&value).ok_or(KeySetCode::FilterMalformed)?;
        if layout.count != self.count {
            return Err(KeySetCode::FilterMalformed.into());
        }
        Ok(Filter(Arc::new(Inner { reference: self.clone(), value, layout })))
    }
}

/// A filter whose bytes a signed key set vouches for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Filter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    reference: FilterReference,
    value: Vec<u8>,
    layout: Layout,
}

impl Filter {
    /// The reference that it was opened with.
    pub fn reference(&self) -> &FilterReference {
        &self.0.reference
    }

    /// How many bytes it keeps in memory.
    pub fn bytes(&self) -> usize {
        self.0.value.len()
    }

    /// Where the exact list is that says whether a claim with this digest is taken back; `None` if it is not. Of values
    /// that are not, about one in 65,536 has a list to be asked.
    pub fn suspect(&self, digest: &EntryDigest) -> Option<ShardReference> {
        let Inner { value, layout, .. } = &*self.0;
        let fingerprints = value.get(layout.fingerprints..)?;
        if !layout.fuse.contains(fingerprints, digest.filter_key()) {
            return None;
        }
        Some(self.list(digest.shard(layout.shards)))
    }

    /// All of its lists, for whoever wants to know everything that it holds.
    pub fn lists(&self) -> impl Iterator<Item = ShardReference> {
        (0..self.0.layout.shards).map(|number| self.list(number))
    }

    fn list(&self, number: u32) -> ShardReference {
        let Inner { reference, value, .. } = &*self.0;
        let start = HEADER_BYTES + 32 * number as usize;
        // The layout was checked as a whole. Were a digest missing all the same, no list could have this one.
        let sha256 =
            value.get(start..start + 32).and_then(|digest| digest.try_into().ok()).unwrap_or_default();
        ShardReference { name: [&reference.name, "/", &number.to_string()].concat(), sha256 }
    }
}

/// The first bytes of every filter: what it is, and the version of its layout.
const MAGIC: &[u8; 8] = b"ksfuse16";

/// Magic, count, number of lists, and what the fuse needs.
const HEADER_BYTES: usize = 32;

/// Where things lie in the value of a filter.
#[derive(Debug)]
struct Layout {
    count: u32,
    shards: u32,
    fuse: Fuse,
    fingerprints: usize,
}

impl Layout {
    fn read(value: &[u8]) -> Option<Self> {
        let mut header = Header(value.get(..HEADER_BYTES)?.strip_prefix(MAGIC)?);
        let count = header.u32()?;
        let shards = header.u32()?;
        let fuse = Fuse::new(header.u64()?, header.u32()?, header.u32()?)?;
        if count == 0 || !shards.is_power_of_two() || shards > Limits::MAX_SHARDS {
            return None;
        }
        let fingerprints = HEADER_BYTES + 32 * shards as usize;
        let is_whole = value.len() == fingerprints + fuse.bytes();
        is_whole.then_some(Self { count, shards, fuse, fingerprints })
    }
}

/// Little-endian numbers, one after the other.
struct Header<'a>(&'a [u8]);

impl Header<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*number)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}
