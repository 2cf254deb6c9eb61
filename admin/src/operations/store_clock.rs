//! The clock of the edge's store beside our own. Every window is measured by ours: one that is a day ahead would take a
//! key out of the set a day too soon, and date a key set so that no edge believes it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Keystile, OperationError};
use crate::domain::Timestamp;

/// Every window is longer by as much, for clocks that differ, and no edge believes a key set that is dated further ahead.
const TOLERANCE_SECS: u64 = 30;
/// For so long a comparison is good. A clock that jumps has left this span, so that it is compared again at once.
const GOOD_FOR_SECS: u64 = 60;
/// A store that is away must not hold up an emergency.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last comparison.
#[derive(Debug, Default)]
pub(super) struct StoreClock(Mutex<Option<Comparison>>);

#[derive(Debug, Clone, Copy)]
struct Comparison {
    ours: Timestamp,
    /// `None` where the store did not say, or did not answer.
    theirs: Option<Timestamp>,
}

impl Keystile {
    /// Refused with `clock_disagrees` where the store of the edge says another time. A store that says none is no reason to
    /// wait: it may be away for long.
    pub(super) async fn clock_agrees(&self) -> Result<(), OperationError> {
        self.compare_clocks().await;
        self.clock_trouble().map_or(Ok(()), Err)
    }

    /// Asks the store for its time, unless it was asked just now.
    pub(super) async fn compare_clocks(&self) {
        let (Some(kv), true) = (&self.kv, self.compares_clock) else { return };
        let now = self.now();
        if self.store_clock.last().is_some_and(|last| apart(last.ours, now) <= GOOD_FOR_SECS) {
            return;
        }
        let answer = tokio::time::timeout(PATIENCE, kv.clock()).await;
        let theirs = answer.ok().and_then(|said| said.ok().flatten());
        self.store_clock.remember(Comparison { ours: self.now(), theirs });
    }

    /// How far apart the two were when they were last compared, if that is too far.
    pub(super) fn clock_trouble(&self) -> Option<OperationError> {
        let Comparison { ours: now, theirs } = self.store_clock.last()?;
        let store = theirs.filter(|theirs| apart(*theirs, now) > TOLERANCE_SECS)?;
        Some(OperationError::ClockDisagrees { now, store })
    }
}

impl StoreClock {
    fn last(&self) -> Option<Comparison> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, comparison: Comparison) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(comparison);
    }
}

fn apart(one: Timestamp, other: Timestamp) -> u64 {
    one.since(other).max(other.since(one))
}
