//! What the server tells those who watch no metrics.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use keystile_admin::domain::{Policy, Severity};
use keystile_admin::operations::alerts::{self, AlertList, AlertView};
use keystile_admin::operations::edge::{EdgeCounters, EdgeReport};
use keystile_admin::operations::publication::drain;
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::{activate, master_key_watch, rotation};

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, report};

impl Rehearsal {
    async fn alerts(&self) -> AlertList {
        alerts::list(&self.keystile, &self.admin).await.unwrap()
    }

    async fn alert(&self, kind: &str) -> Option<AlertView> {
        self.alerts().await.alerts.into_iter().find(|alert| alert.kind == kind)
    }

    /// A new key that signs although the edge may not have it.
    async fn hurried(&self) -> String {
        let kid = self.new_key().await;
        let because = Some("in a hurry".to_owned());
        activate::activate(&self.keystile, &self.admin, &self.main, &kid, because).await.unwrap();
        self.settle().await;
        kid
    }

    /// A report of an instance that has judged so many tokens since it started.
    async fn judged(&self, version: u64, accepted: u64, refused: u64) {
        let refused = BTreeMap::from([("kid_unknown".to_owned(), refused)]);
        let counters = EdgeCounters { accepted, refused, ..Default::default() };
        self.try_report(EdgeReport { counters, ..report("fra", version) }).await.unwrap();
    }
}

#[tokio::test]
async fn a_spike_of_refusals_after_a_rotation_offers_the_way_back_and_ends_with_it() {
    let rehearsal = Rehearsal::begin().await;
    let old = rehearsal.made.kid.clone();
    rehearsal.judged(1, 0, 0).await;
    for minute in 1..=60 {
        rehearsal.clock.advance(60);
        rehearsal.judged(1, minute * 100, 0).await;
    }
    assert!(rehearsal.alerts().await.alerts.is_empty());

    rotation::start(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
    rehearsal.settle().await;
    rehearsal.judged(2, 6_000, 0).await;
    rehearsal.pass(60).await;
    let new = rehearsal.status().await.active_kid;
    assert_ne!(new, old);
    // The backend was deployed with a key from elsewhere.
    rehearsal.judged(3, 6_050, 50).await;
    let alert = rehearsal.alert("refusals_spike").await.unwrap();
    assert_eq!((alert.severity, alert.issuer.as_deref()), (Severity::Critical, Some("main")));
    assert!(alert.summary.contains("`kid_unknown`, since a new key began to sign"), "{}", alert.summary);
    let offer = alert.rollback.unwrap();
    assert_eq!((offer.kid, offer.from_kid, offer.signs_at_once), (old, new, true));

    // Nobody is refused any more. The alert stays until that is certain, and is remembered.
    for minute in 1..=8 {
        rehearsal.clock.advance(60);
        rehearsal.judged(3, 6_050 + minute * 1_000, 50).await;
        rehearsal.alerts().await;
    }
    let after = rehearsal.alerts().await;
    assert!(after.alerts.is_empty(), "{:?}", after.alerts);
    assert_eq!(after.resolved.len(), 1);
    assert_eq!((after.resolved[0].kind, after.resolved[0].id == alert.id), ("refusals_spike", true));
    assert!(after.resolved[0].rollback.is_none(), "there is nothing to go back from");
}

#[tokio::test]
async fn an_alert_is_raised_once_however_many_look() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.judged(0, 0, 0).await;
    let second = rehearsal.second_process().await;
    for _ in 0..4 {
        rehearsal.clock.advance(15);
        let (one, other) = tokio::join!(alerts::look(&rehearsal.keystile), alerts::look(&second));
        one.and(other).unwrap();
    }
    let list = rehearsal.alerts().await;
    let kinds: Vec<_> = list.alerts.iter().map(|alert| alert.kind).collect();
    assert_eq!(kinds, ["overlap_breach"], "the region has no set with the key that signs");
    assert_eq!(list.alerts[0].subject.as_deref(), Some("fra"));
}

#[tokio::test]
async fn a_store_that_fails_and_one_that_others_wrote_to_are_told_of_with_the_remedy() {
    let fake = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(fake.settings()), Policy::default(), None).await;
    for _ in 0..4 {
        fake.script(&[(StatusCode::FORBIDDEN, "{}")]);
        drain(&rehearsal.keystile).await.unwrap();
        rehearsal.clock.advance(20);
    }
    let failing = rehearsal.alert("publish_failing").await.unwrap();
    assert_eq!(failing.severity, Severity::Critical);
    assert!(failing.summary.contains("403"), "{}", failing.summary);
    assert!(failing.help.contains("`keystile status`"));
    rehearsal.pass(130).await;
    assert!(rehearsal.alert("publish_failing").await.is_none(), "it was pushed");

    fake.put(b"something else");
    rehearsal.pass(20).await;
    let disturbed = rehearsal.alert("store_disturbed").await.unwrap();
    assert!(disturbed.summary.contains("put right at"), "{}", disturbed.summary);
    rehearsal.pass(3_600).await;
    rehearsal.alerts().await;
    rehearsal.pass(130).await;
    assert!(rehearsal.alert("store_disturbed").await.is_none());
}

#[tokio::test]
async fn a_server_without_its_master_key_says_so() {
    let rehearsal = Rehearsal::begin().await;
    let key = rehearsal.folder.path().join("master.key");
    std::fs::rename(&key, rehearsal.folder.path().join("lost")).unwrap();
    let second = rehearsal.second_process().await;
    let list = alerts::list(&second, &rehearsal.admin).await.unwrap();
    let alert = list.alerts.iter().find(|alert| alert.kind == "read_only").unwrap();
    assert_eq!((alert.issuer.as_deref(), alert.severity), (None, Severity::Critical));
    std::fs::rename(rehearsal.folder.path().join("lost"), key).unwrap();
    rehearsal.clock.advance(130);
    assert!(alerts::list(&second, &rehearsal.admin).await.unwrap().alerts.is_empty());
}

#[tokio::test]
async fn a_server_that_would_not_get_its_master_key_again_is_told_while_it_works() {
    let rehearsal = Rehearsal::begin().await;
    let (key, lost) = (rehearsal.folder.path().join("master.key"), rehearsal.folder.path().join("lost"));
    master_key_watch::look(&rehearsal.keystile).await.unwrap();
    assert!(rehearsal.alerts().await.alerts.is_empty());
    std::fs::rename(&key, &lost).unwrap();
    assert!(master_key_watch::look(&rehearsal.keystile).await.is_err());
    rehearsal.new_key().await;
    let alert = rehearsal.alert("master_key_out_of_reach").await.unwrap();
    assert_eq!((alert.issuer.as_deref(), alert.severity), (None, Severity::Warning));
    assert!(alert.summary.contains("master.key"), "{}", alert.summary);
    std::fs::rename(lost, key).unwrap();
    master_key_watch::look(&rehearsal.keystile).await.unwrap();
    rehearsal.clock.advance(130);
    assert!(rehearsal.alerts().await.alerts.is_empty());
}

#[tokio::test]
async fn a_command_that_gets_no_master_key_does_not_call_the_server_read_only() {
    let rehearsal = Rehearsal::begin().await;
    std::fs::remove_file(rehearsal.folder.path().join("master.key")).unwrap();
    let command = rehearsal.second_process().await.for_a_command();
    let list = alerts::list(&command, &rehearsal.admin).await.unwrap();
    let kinds: Vec<_> = list.alerts.iter().map(|alert| alert.kind).collect();
    assert_eq!(kinds, ["master_key_out_of_reach"]);
}

#[tokio::test]
async fn a_region_that_lags_is_told_of_by_its_name_and_a_silent_one_is_not() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.report("fra", 1).await;
    rehearsal.report("sin", 1).await;
    rotation::start(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
    rehearsal.settle().await;
    for _ in 0..4 {
        rehearsal.clock.advance(60);
        rehearsal.report("fra", 2).await;
        rehearsal.report("sin", 1).await;
    }
    let alert = rehearsal.alert("region_lags").await.unwrap();
    assert_eq!(alert.subject.as_deref(), Some("sin"));
    rehearsal.clock.advance(601);
    rehearsal.report("fra", 2).await;
    rehearsal.alerts().await;
    assert!(rehearsal.alert("region_lags").await.is_none());
}

#[tokio::test]
async fn the_way_back_is_offered_while_it_helps_and_not_a_moment_longer() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.clock.advance(60);
    rehearsal.report("fra", 1).await;
    let hurried = rehearsal.hurried().await;
    let offer = rehearsal.alert("overlap_breach").await.unwrap().rollback.unwrap();
    assert_eq!((&offer.kid, &offer.from_kid), (&rehearsal.made.kid, &hurried));
    // The region has the key now. The alert stays until that is certain.
    rehearsal.report("fra", rehearsal.version().await).await;
    assert!(rehearsal.alert("overlap_breach").await.unwrap().rollback.is_none());
}

#[tokio::test]
async fn no_way_back_is_offered_to_a_region_that_has_neither_key_and_none_forth_again_after_it_was_gone() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.report("sin", 0).await;
    rehearsal.report("fra", 1).await;
    rehearsal.hurried().await;
    let breaches = rehearsal.alerts().await.alerts;
    let offered = |region: &str| {
        let alert = breaches.iter().find(|alert| alert.subject.as_deref() == Some(region)).unwrap();
        alert.rollback.is_some()
    };
    assert_eq!((offered("fra"), offered("sin")), (false, false), "`sin` would not let the old key sign");
    let order = RollbackOrder {
        reason: "a test".to_owned(),
        override_reason: Some("a test".to_owned()),
        dry_run: false,
    };
    rollback(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
    let after = rehearsal.alerts().await.alerts;
    assert!(after.iter().all(|alert| alert.rollback.is_none()), "{after:?}");
}
