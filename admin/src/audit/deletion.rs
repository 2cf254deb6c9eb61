//! Entries that are gone: what is said about them, and whether that can be true.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Action, Hash, Record, Root};
use crate::domain::{SHORTEST_DAYS, Timestamp};

const DAY_SECS: u64 = 86_400;

/// What the entry about a deletion says of what is gone: with it, the log vouches for its own beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The first entry that was deleted.
    pub first: u64,
    /// The last.
    pub through: u64,
    /// The hash of the last one, from which the chain goes on.
    pub head: String,
    /// The Merkle root over everything up to it, as the checkpoint there says: hex of SHA-256.
    pub root: String,
    /// When the newest of them was written, in seconds since 1970.
    pub newest_at: u64,
    /// For how long entries were kept.
    pub retention_days: u32,
}

impl Deletion {
    /// What an entry says about a deletion, if it is about one. One that says something else is none.
    pub fn of(record: &Record) -> Option<Self> {
        let told = record.after.clone().filter(|_| record.action == Action::AuditEntriesDeleted.as_str())?;
        serde_json::from_value(told).ok()
    }

    /// What stands in the entry.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Whether it is about exactly what is missing.
    fn ends_at(&self, entries: u64, head: &Hash, root: Root) -> bool {
        let told = (self.through, self.head.as_str(), self.root.as_str());
        told == (entries, head.to_string().as_str(), root.to_string().as_str())
    }

    /// Whether what was written at `at` was old enough to go at `deleted_at`.
    fn is_due(&self, at: Timestamp, deleted_at: Timestamp) -> bool {
        let kept = at.plus(u64::from(self.retention_days) * DAY_SECS);
        self.retention_days >= SHORTEST_DAYS && kept <= deleted_at
    }
}

/// Why what is missing was not deleted in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongDeletion {
    /// The log does not say that it was deleted, or says something else.
    #[error(
        "it does not begin where its newest entry about a deletion says: entries were removed by other hands"
    )]
    Untold,
    /// It went sooner than it may.
    #[error("entries were deleted sooner than the retention allows: a checkpoint over them is too young")]
    TooSoon,
}

/// What was deleted before a log begins, as it becomes known while the log is read.
#[derive(Debug, Default)]
pub(super) struct Deletions {
    told: Vec<(Deletion, Timestamp)>,
    /// The checkpoints over what is gone: how many entries, and when they were signed.
    checkpoints: Vec<(u64, Timestamp)>,
}

impl Deletions {
    /// An entry of the log.
    pub(super) fn entry(&mut self, record: &Record) {
        self.told.extend(Deletion::of(record).map(|it| (it, record.timestamp())));
    }

    /// A checkpoint over entries that are gone. An old one that does not say when it was signed says nothing here.
    pub(super) fn checkpoint(&mut self, size: u64, signed_at: Option<Timestamp>) {
        self.checkpoints.extend(signed_at.map(|at| (size, at)));
    }

    /// Whether the log, which begins after `base`, says of everything before that it was deleted, and none of it went too
    /// soon. `signed_at` is when the last checkpoint over the log was made: nothing in it was written later.
    pub(super) fn check(
        &self,
        base: Option<(u64, Hash, Root)>,
        signed_at: Option<Timestamp>,
    ) -> Result<(), WrongDeletion> {
        let (last, (entries, head, root)) = match (self.told.last(), base) {
            (None, None) => return Ok(()),
            (Some((last, _)), Some(base)) => (last, base),
            _ => return Err(WrongDeletion::Untold),
        };
        if !last.ends_at(entries, &head, root) {
            return Err(WrongDeletion::Untold);
        }
        let done = |at: &Timestamp| signed_at.map_or(*at, |signed| signed.min(*at));
        let newest =
            |(it, at): &(Deletion, Timestamp)| it.is_due(Timestamp::from_secs(it.newest_at), done(at));
        let checkpoint = |(size, signed): &(u64, Timestamp)| {
            // Those of which the log says nothing any more went under an older rule, which was no shorter than the shortest.
            let by = self.told.iter().find(|(it, _)| (it.first..=it.through).contains(size));
            match (by, self.told.last()) {
                (Some((it, at)), _) => it.is_due(*signed, done(at)),
                (None, Some((it, at))) => {
                    Deletion { retention_days: SHORTEST_DAYS, ..it.clone() }.is_due(*signed, done(at))
                }
                (None, None) => false,
            }
        };
        let in_order = self.told.iter().all(newest) && self.checkpoints.iter().all(checkpoint);
        if in_order { Ok(()) } else { Err(WrongDeletion::TooSoon) }
    }
}
