//! Writing a filter and its lists, for the server that publishes them.

use sha2::{Digest, Sha256};
use xorf::{BinaryFuse16, DmaSerializable};

use super::{EntryDigest, HEADER_BYTES, MAGIC};
use crate::limits::Limits;

/// How many digests a list should have: with some 64 KiB it is read in one exchange, and hashed in a fraction of a
/// millisecond.
const ENTRIES_PER_SHARD: usize = 4096;

/// The bytes of a filter and of its lists, ready to be stored.
#[derive(Debug)]
pub struct WrittenFilter {
    /// The value that the key set names.
    pub value: Vec<u8>,
    /// The SHA-256 of it, by which the key set names it.
    pub sha256: [u8; 32],
    /// How many digests it holds.
    pub count: u32,
    /// The lists, by number.
    pub shards: Vec<Vec<u8>>,
}

/// These digests cannot be made a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnwritableFilter {
    /// There are none, or more than readers take.
    #[error("a filter holds 1 to {max} entries, not {0}; split them over several", max = Limits::MAX_FILTERED)]
    Count(usize),
    /// The construction gave up, which for distinct digests does not happen.
    #[error("no filter could be made of these entries")]
    Construction,
}

impl WrittenFilter {
    /// Writes the filter of these digests, in any order. One that is there twice counts once.
    pub fn new(mut digests: Vec<EntryDigest>) -> Result<Self, UnwritableFilter> {
        digests.sort_unstable();
        digests.dedup();
        let count = u32::try_from(digests.len()).unwrap_or(u32::MAX);
        if !(1..=Limits::MAX_FILTERED).contains(&count) {
            return Err(UnwritableFilter::Count(digests.len()));
        }
        let shards = shards(&digests);
        let value = value(&digests, count, &shards).ok_or(UnwritableFilter::Construction)?;
        Ok(Self { sha256: Sha256::digest(&value).into(), value, count, shards })
    }
}

/// The lists: digests in ascending order, cut where their first bits change.
fn shards(digests: &[EntryDigest]) -> Vec<Vec<u8>> {
    let wanted = digests.len().div_ceil(ENTRIES_PER_SHARD).next_power_of_two();
    let number = u32::try_from(wanted).unwrap_or(u32::MAX).min(Limits::MAX_SHARDS);
    let mut rest = digests;
    (0..number)
        .map(|shard| {
            let (own, others) = rest.split_at(rest.partition_point(|digest| digest.shard(number) <= shard));
            rest = others;
            own.iter().flat_map(|digest| *digest.as_bytes()).collect()
        })
        .collect()
}

fn value(digests: &[EntryDigest], count: u32, shards: &[Vec<u8>]) -> Option<Vec<u8>> {
    // Two digests with the same first half are one key; a filter must not be built of the same key twice.
    let mut keys: Vec<u64> = digests.iter().map(EntryDigest::filter_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let fuse = BinaryFuse16::try_from(&keys).ok()?;
    let mut descriptor = [0; BinaryFuse16::DESCRIPTOR_LEN];
    fuse.dma_copy_descriptor_to(&mut descriptor);
    // Seed, segment length, its mask, which follows from the length, and the span, all little-endian.
    let (seed_and_length, mask_and_span) = descriptor.split_at(12);
    let (_, span) = mask_and_span.split_at(4);

    let mut value = Vec::with_capacity(HEADER_BYTES + 32 * shards.len() + 2 * fuse.fingerprints.len());
    value.extend_from_slice(MAGIC);
    value.extend_from_slice(&count.to_le_bytes());
    value.extend_from_slice(&u32::try_from(shards.len()).ok()?.to_le_bytes());
    value.extend_from_slice(seed_and_length);
    value.extend_from_slice(span);
    shards.iter().for_each(|shard| value.extend_from_slice(&Sha256::digest(shard)));
    fuse.fingerprints.iter().for_each(|fingerprint| value.extend_from_slice(&fingerprint.to_le_bytes()));
    Some(value)
}
