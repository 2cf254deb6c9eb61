//! The exact lists that a gateway has asked lately, and which to ask next. Pure: what was read comes in.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use keystile_validator::{Shard, ShardReference, SuspectedToken, ValidatedToken, ValidationError, Verdict};

use crate::moment::Moment;

/// How many lists are kept. One has about 64 KB, and 1 MiB at most: 4 MB of the 128 that an isolate has.
const KEPT: usize = 64;

/// How many lists are noted to be fetched. A token needs as many as filters have a hit for it, which is seldom one.
const WANTED: usize = 64;

/// After a list could not be read, none is asked for so long: whoever holds a suspected token must not turn the gateway
/// against a store that fails.
const PAUSE: Duration = Duration::from_secs(1);

/// Lists that filters vouch for. They never change, so that one is as good as any however old it is.
#[derive(Debug, Default)]
pub struct RevokedLists {
    /// The one that was asked last comes last.
    kept: VecDeque<Shard>,
    failed: Option<Moment>,
    /// Those that the last tokens needed and that are not here. Noted while many read what is kept.
    wanted: Mutex<Vec<ShardReference>>,
}

impl RevokedLists {
    /// What is left of a verdict once the lists that it depends on are asked.
    pub(crate) fn hear(&self, verdict: Verdict) -> Result<ValidatedToken, ValidationError> {
        match verdict {
            Verdict::Believed(token) => Ok(token),
            Verdict::Suspected(token) => self.confirm(token),
        }
    }

    /// Returns the token's content only if every list that has to be asked is here, and none has it. Those that are not
    /// here are noted, to be fetched.
    pub fn confirm(&self, suspected: SuspectedToken) -> Result<ValidatedToken, ValidationError> {
        let missing = suspected.shards().filter(|named| !self.has(named)).cloned();
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        let room = WANTED.saturating_sub(wanted.len());
        wanted.extend(missing.take(room));
        drop(wanted);
        let asked: Vec<_> = suspected.shards().filter_map(|named| self.find(named)).cloned().collect();
        suspected.confirm(&asked)
    }

    /// The lists that are to be fetched now. They are the caller's to fetch.
    pub fn take_wanted(&self, now: Moment) -> Vec<ShardReference> {
        let mut wanted = std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        wanted.retain(|named| !self.has(named));
        if self.failed.is_some_and(|failed| now.since(failed) < PAUSE) { Vec::new() } else { wanted }
    }

    /// Keeps a list that was fetched; the one that has been here longest makes room.
    pub fn keep(&mut self, list: Shard) {
        if !self.has(list.reference()) {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(list);
        }
    }

    /// Notes that a list could not be read.
    pub fn note_failure(&mut self, now: Moment) {
        self.failed = Some(now);
    }

    fn has(&self, named: &ShardReference) -> bool {
        self.find(named).is_some()
    }

    fn find(&self, named: &ShardReference) -> Option<&Shard> {
        self.kept.iter().find(|list| list.reference() == named)
    }
}
