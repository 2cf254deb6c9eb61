//! The look-up in a binary fuse filter of 16 bits (Graf and Lemire, "Binary Fuse Filters", 2022, arXiv 2201.01174), in
//! the bytes as they came. What builds one is the crate `xorf`; the test beside the writer holds the two together.

/// Longer segments do not pay (as the authors' own implementations have it).
const MAX_SEGMENT_LENGTH: u32 = 1 << 18;

/// The numbers that say where a key's three fingerprints are.
#[derive(Debug)]
pub(super) struct Fuse {
    seed: u64,
    // INVARIANT: a power of two, and `span` is a multiple of it that is not zero.
    segment_length: u32,
    span: u32,
}

impl Fuse {
    /// `None` if no filter has these numbers.
    pub(super) fn new(seed: u64, segment_length: u32, span: u32) -> Option<Self> {
        let is_one = segment_length.is_power_of_two()
            && segment_length <= MAX_SEGMENT_LENGTH
            && span > 0
            && span.is_multiple_of(segment_length)
            && span <= u32::MAX - 2 * MAX_SEGMENT_LENGTH;
        is_one.then_some(Self { seed, segment_length, span })
    }

    /// How many bytes the fingerprints take.
    pub(super) fn bytes(&self) -> usize {
        2 * (self.span as usize + 2 * self.segment_length as usize)
    }

    /// Whether `key` is in the filter, or one of the few that look as if they were.
    pub(super) fn contains(&self, fingerprints: &[u8], key: u64) -> bool {
        let hash = mix(key.wrapping_add(self.seed));
        let within = u64::from(self.segment_length - 1);
        let first = ((u128::from(hash) * u128::from(self.span)) >> 64) as u64;
        let second = (first + u64::from(self.segment_length)) ^ ((hash >> 18) & within);
        let third = (first + 2 * u64::from(self.segment_length)) ^ (hash & within);
        let expected = (hash ^ (hash >> 32)) as u16;
        let found = [first, second, third].map(|position| fingerprint(fingerprints, position));
        expected == found[0] ^ found[1] ^ found[2]
    }
}

fn fingerprint(fingerprints: &[u8], position: u64) -> u16 {
    let start = 2 * position as usize;
    // The length was checked beforehand, so that all three are there.
    fingerprints.get(start..start + 2).and_then(|two| two.try_into().ok()).map_or(0, u16::from_le_bytes)
}

/// The finalizer of MurmurHash3 for 64 bits.
fn mix(mut key: u64) -> u64 {
    key ^= key >> 33;
    key = key.wrapping_mul(0xff51_afd7_ed55_8ccd);
    key ^= key >> 33;
    key = key.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ (key >> 33)
}
