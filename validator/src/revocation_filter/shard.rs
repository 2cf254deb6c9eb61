//! The exact lists behind a filter.

use alloc::{string::String, sync::Arc, vec::Vec};

use sha2::{Digest, Sha256};

use super::EntryDigest;
use crate::{
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
};

/// An exact list as its filter names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShardReference {
    pub(super) name: String,
    pub(super) sha256: [u8; 32],
}

impl ShardReference {
    /// The key of its value in the store.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the list only if `value` is what the filter names, to the last bit.
    pub fn open(&self, value: Vec<u8>) -> Result<Shard, KeySetError> {
        if value.len() > Limits::MAX_SHARD_BYTES {
            return Err(KeySetCode::FilterTooLarge.into());
        }
        if Sha256::digest(value.as_slice()) != self.sha256 {
            return Err(KeySetCode::FilterDigestMismatch.into());
        }
        let (entries, rest) = value.as_chunks::<{ EntryDigest::BYTES }>();
        // `is_sorted` itself is unrolled into many times as many bytes.
        if !rest.is_empty() || !entries.is_sorted_by(|a, b| a <= b) {
            return Err(KeySetCode::FilterMalformed.into());
        }
        Ok(Shard { reference: self.clone(), value: Arc::new(value) })
    }
}

/// An exact list that a filter vouches for: every digest with the same first bits that is taken back. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shard {
    reference: ShardReference,
    // INVARIANT: digests in ascending order.
    value: Arc<Vec<u8>>,
}

impl Shard {
    /// The reference that it was opened with.
    pub fn reference(&self) -> &ShardReference {
        &self.reference
    }

    /// Everything that it lists, in ascending order.
    pub fn digests(&self) -> impl Iterator<Item = EntryDigest> {
        let (entries, _) = self.value.as_chunks::<{ EntryDigest::BYTES }>();
        entries.iter().copied().map(EntryDigest::from_bytes)
    }

    /// Whether the claim with this digest is taken back.
    pub fn lists(&self, digest: &EntryDigest) -> bool {
        let (entries, _) = self.value.as_chunks::<{ EntryDigest::BYTES }>();
        entries.binary_search(digest.as_bytes()).is_ok()
    }
}
