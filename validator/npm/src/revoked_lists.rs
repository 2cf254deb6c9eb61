//! The exact lists behind the filters of revoked tokens: those that were fetched, and those that are to be.

use alloc::vec::Vec;

use keystile_validator::{
    KeySetError, Shard, ShardReference, SuspectedToken, ValidatedToken, ValidationError,
};

/// How many lists are kept. One has about 64 KB, and 1 MiB at most.
const KEPT: usize = 64;

/// How many are noted to be fetched. A token wants as many as filters have a hit for it, which is seldom one.
const WANTED: usize = 64;

/// Lists never change, so that one is as good as any however old it is. The first is the one that makes room.
#[derive(Debug, Default)]
pub(crate) struct RevokedLists {
    kept: Vec<Shard>,
    wanted: Vec<ShardReference>,
}

impl RevokedLists {
    /// Returns the token's content only if every list that has to be asked is here, and none has it. Those that are not
    /// here are noted.
    pub(crate) fn confirm(&mut self, suspected: SuspectedToken) -> Result<ValidatedToken, ValidationError> {
        for named in suspected.shards() {
            let is_kept = self.kept.iter().any(|list| list.reference() == named);
            if !is_kept && !self.wanted.contains(named) {
                push_within(&mut self.wanted, named.clone(), WANTED);
            }
        }
        suspected.confirm(&self.kept)
    }

    /// The name of a list that is to be fetched.
    pub(crate) fn wanted(&self, index: usize) -> Option<&str> {
        self.wanted.get(index).map(ShardReference::name)
    }

    /// Keeps a list that was fetched, if it is wanted still and is what its filter names.
    pub(crate) fn keep(&mut self, name: &str, value: Vec<u8>) -> Result<(), KeySetError> {
        if let Some(at) = self.wanted.iter().position(|named| named.name() == name) {
            let list = self.wanted.remove(at).open(value)?;
            push_within(&mut self.kept, list, KEPT);
        }
        Ok(())
    }

    /// Lists of filters that have given way are not to be had any more. Whatever is still suspected, asks again.
    pub(crate) fn want_nothing(&mut self) {
        self.wanted.clear();
    }
}

fn push_within<T>(list: &mut Vec<T>, entry: T, most: usize) {
    if list.len() == most {
        list.remove(0);
    }
    list.push(entry);
}
