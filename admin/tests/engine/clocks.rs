//! Clocks that jump. Every window is measured by this machine's, so a wrong one must close none.

use keystile_admin::domain::{Policy, Timestamp};
use keystile_admin::operations::keys::{self, NewKey};
use keystile_admin::operations::retire::retire;
use keystile_admin::operations::{OperationError, alerts, rotation, steward};

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::Rehearsal;

const DAY: u64 = 86_400;

/// A server and the store of its edge, which has a clock of its own.
struct TwoClocks {
    rehearsal: Rehearsal,
    store: FakeKv,
    /// What time it really is.
    now: Timestamp,
}

impl TwoClocks {
    async fn begin() -> Self {
        let store = FakeKv::start(Shelf::default()).await;
        let rehearsal = Rehearsal::begin_with(Some(store.settings()), Policy::default(), None).await;
        let now = rehearsal.keystile.now();
        Self { rehearsal, store, now }
    }

    /// Lets time pass at both, and then the server do what is due.
    async fn pass(&mut self, secs: u64) {
        self.set(self.now.plus(secs));
        self.rehearsal.settle().await;
    }

    fn set(&mut self, now: Timestamp) {
        self.now = now;
        self.rehearsal.clock.set(now);
        self.store.say_it_is(now);
    }

    async fn version(&self) -> u64 {
        self.rehearsal.version().await
    }
}

fn is_refused<T>(outcome: Result<T, OperationError>) -> bool {
    matches!(outcome.err(), Some(OperationError::ClockDisagrees { .. }))
}

#[tokio::test]
async fn a_clock_that_jumps_by_a_day_closes_no_window_and_dates_no_key_set_and_everybody_is_told() {
    let mut both = TwoClocks::begin().await;
    let (admin, main) = (both.rehearsal.admin.clone(), both.rehearsal.main.clone());
    let started = rotation::start(&both.rehearsal.keystile, &admin, &main, None, None).await.unwrap();
    both.pass(0).await;
    both.pass(130).await;
    let old = started.old_kid;
    let retires_at = both.rehearsal.key(&old).await.safe_to_remove_at.unwrap();
    both.pass(retires_at.since(both.now) - DAY / 2).await;
    let (keystile, version) = (&both.rehearsal.keystile, both.version().await);

    for jumped in [both.now.plus(DAY), Timestamp::from_secs(both.now.as_secs() - DAY)] {
        both.rehearsal.clock.set(jumped);
        if jumped > both.now {
            assert!(is_refused(steward::advance(keystile).await), "the window seems to be over");
        }
        assert!(is_refused(retire(keystile, &admin, &main, &old).await));
        assert!(is_refused(rotation::start(keystile, &admin, &main, None, None).await));
        alerts::look(keystile).await.unwrap();
        let told = alerts::list(keystile, &admin).await.unwrap().alerts;
        assert!(told.iter().any(|alert| alert.kind == "clock_disagrees"), "{told:?}");

        both.rehearsal.clock.set(both.now);
        assert_eq!(steward::advance(keystile).await, Ok(0));
        assert_eq!(both.version().await, version);
        assert!(both.rehearsal.published().await.contains(&old));
    }

    both.pass(DAY / 2 - 1).await;
    assert!(both.rehearsal.published().await.contains(&old));
    both.pass(1).await;
    assert!(!both.rehearsal.published().await.contains(&old), "the window is over in truth");
    let told = alerts::list(&both.rehearsal.keystile, &admin).await.unwrap().alerts;
    assert!(told.iter().all(|alert| alert.kind != "clock_disagrees"), "{told:?}");
}

#[tokio::test]
async fn clocks_may_differ_by_what_every_window_allows_for_and_a_store_may_say_nothing() {
    let mut both = TwoClocks::begin().await;
    both.pass(0).await;
    let (admin, main) = (both.rehearsal.admin.clone(), both.rehearsal.main.clone());
    for (apart, agrees) in [(30, true), (31, false)] {
        both.set(both.now.plus(3_600));
        both.rehearsal.clock.advance(apart);
        let generate = NewKey::Generate { size: None };
        let outcome = keys::create(&both.rehearsal.keystile, &admin, &main, generate, None).await;
        assert_eq!(!is_refused(outcome), agrees, "{apart} s apart");
    }
    both.store.say_no_time();
    both.rehearsal.clock.advance(DAY);
    assert!(steward::advance(&both.rehearsal.keystile).await.is_ok());
}
