//! What the edge reports, and what the server makes of it.

use std::collections::BTreeMap;

use keystile_admin::operations::edge::{EdgeCounters, EdgeReport, view};
use keystile_admin::operations::{EdgeView, OperationError, WithoutKidView};

use crate::rehearsal::{Rehearsal, report};

impl Rehearsal {
    async fn edge(&self) -> EdgeView {
        view(&self.keystile, &self.admin, &self.main).await.unwrap()
    }
}

fn counted(instance: &str, accepted: u64, refused: u64, kid: &str) -> EdgeReport {
    let counters = EdgeCounters {
        accepted,
        refused: BTreeMap::from([("token_expired".to_owned(), refused)]),
        by_kid: BTreeMap::from([(kid.to_owned(), accepted)]),
        refused_by_kid: tokens_of(kid, refused),
        ..Default::default()
    };
    EdgeReport { instance: instance.to_owned(), counters, ..report("fra", 1) }
}

fn tokens_of(kid: &str, expired: u64) -> BTreeMap<String, BTreeMap<String, u64>> {
    BTreeMap::from([(kid.to_owned(), BTreeMap::from([("token_expired".to_owned(), expired)]))])
}

#[tokio::test]
async fn a_region_is_shown_with_its_version_and_age() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.report("fra", 1).await;
    rehearsal.report("sin", 0).await;
    let edge = rehearsal.edge().await;
    assert!(!edge.confirmed);
    assert_eq!(edge.waiting_for, ["sin"]);
    let fra = &edge.regions[0];
    assert_eq!((fra.region.as_str(), fra.version, fra.confirmed, fra.instances), ("fra", Some(1), true, 1));
    assert_eq!((fra.key_set_age_seconds, fra.stale), (3, false));
    rehearsal.report("sin", 1).await;
    assert!(rehearsal.edge().await.confirmed);
    rehearsal.clock.advance(601);
    assert!(rehearsal.edge().await.regions.iter().all(|region| region.stale));
}

#[tokio::test]
async fn counters_are_summed_over_reports_instances_and_restarts() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.made.kid.clone();
    for report in [
        counted("i1", 10, 1, &kid),
        counted("i1", 15, 1, &kid),
        counted("i2", 100, 0, &kid),
        // Fewer than before: this instance started anew.
        counted("i1", 2, 5, &kid),
    ] {
        rehearsal.try_report(report).await.unwrap();
    }
    let fra = rehearsal.edge().await.regions.remove(0);
    assert_eq!(fra.accepted, 15 + 100 + 2);
    assert_eq!(fra.refused["token_expired"], 1 + 4);
    assert_eq!(rehearsal.key(&kid).await.seen_count, 117);
    assert_eq!(rehearsal.key(&kid).await.refused, BTreeMap::from([("token_expired".to_owned(), 5)]));
}

#[tokio::test]
async fn the_sums_outlive_the_instances() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.made.kid.clone();
    rehearsal.try_report(counted("i1", 10, 0, &kid)).await.unwrap();
    rehearsal.clock.advance(601);
    rehearsal.try_report(counted("i2", 1, 0, &kid)).await.unwrap();
    let fra = rehearsal.edge().await.regions.remove(0);
    assert_eq!((fra.accepted, fra.instances), (11, 1));
}

#[tokio::test]
async fn the_last_use_of_a_key_is_shown_and_never_in_the_future() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.made.kid.clone();
    let now = rehearsal.keystile.now();
    let seen = |at: u64| {
        let last_seen_kids = BTreeMap::from([(kid.clone(), at), ("unknown".to_owned(), at)]);
        EdgeReport { last_seen_kids, ..report("fra", 1) }
    };
    rehearsal.try_report(seen(now.as_secs() - 5)).await.unwrap();
    assert_eq!(rehearsal.key(&kid).await.last_seen_at_edge.unwrap().as_secs(), now.as_secs() - 5);
    rehearsal.try_report(seen(now.as_secs() - 50)).await.unwrap();
    assert_eq!(rehearsal.key(&kid).await.last_seen_at_edge.unwrap().as_secs(), now.as_secs() - 5);
    rehearsal.try_report(seen(u64::MAX)).await.unwrap();
    assert_eq!(rehearsal.key(&kid).await.last_seen_at_edge, Some(now));
}

#[tokio::test]
async fn tokens_without_a_kid_are_counted_and_the_end_of_their_time_follows_from_the_keys() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.made.kid.clone();
    let seen = |instance: &str, without_kid: u64| {
        let without_kid = BTreeMap::from([(kid.clone(), without_kid), ("unknown".to_owned(), 9)]);
        let counters = EdgeCounters { without_kid, ..Default::default() };
        EdgeReport { instance: instance.to_owned(), counters, ..report("fra", 1) }
    };
    assert_eq!(rehearsal.status().await.without_kid, None);
    rehearsal.try_report(seen("i1", 0)).await.unwrap();
    assert_eq!(rehearsal.status().await.without_kid, None);
    rehearsal.try_report(seen("i1", 3)).await.unwrap();
    rehearsal.try_report(seen("i2", 4)).await.unwrap();
    let last_seen_at = Some(rehearsal.keystile.now());
    rehearsal.clock.advance(5);
    rehearsal.try_report(seen("i1", 3)).await.unwrap();
    let expected = WithoutKidView { seen: 7, last_seen_at, closable_at: None };
    assert_eq!(rehearsal.status().await.without_kid, Some(expected), "the key signs: more may come");
    assert_eq!(rehearsal.key(&kid).await.seen_without_kid, 7);

    rehearsal.emergency(&kid[..8]).await.unwrap();
    let closable_at = rehearsal.status().await.without_kid.unwrap().closable_at;
    assert_eq!(closable_at, Some(rehearsal.keystile.now()), "a revoked key's tokens are good no longer");
}

#[tokio::test]
async fn a_report_that_makes_no_sense_is_refused_and_leaves_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let codes: BTreeMap<_, _> = (0..201).map(|number| (format!("code{number}"), 1)).collect();
    let of_keys = |refused_by_kid| EdgeReport {
        counters: EdgeCounters { refused_by_kid, ..Default::default() },
        ..report("x", 1)
    };
    let of_code = |code: &str| BTreeMap::from([("kid".to_owned(), BTreeMap::from([(code.to_owned(), 1)]))]);
    for wrong in [
        EdgeReport { region: String::new(), ..report("x", 1) },
        EdgeReport { region: "<img>".to_owned(), ..report("x", 1) },
        EdgeReport { instance: "i".repeat(65), ..report("x", 1) },
        counted("i1", u64::MAX, 0, "kid"),
        of_keys(BTreeMap::from([("kid".to_owned(), codes.clone())])),
        of_keys(tokens_of("kid", u64::MAX)),
        of_keys(of_code("<img>")),
        EdgeReport { counters: EdgeCounters { refused: codes, ..Default::default() }, ..report("x", 1) },
    ] {
        let refused = rehearsal.try_report(wrong).await.unwrap_err();
        assert!(matches!(refused, OperationError::InvalidInput { .. }), "{refused}");
    }
    assert!(rehearsal.edge().await.regions.is_empty());
}
