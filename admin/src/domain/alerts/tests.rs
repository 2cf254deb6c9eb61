use std::collections::BTreeMap;

use super::*;
use crate::domain::rehearsal::{START, facts, issuer};
use crate::domain::{
    Clearance, Epochs, Key, KeyFacts, KeyRing, KeySetStamp, Policy, Region, Rotation, Timestamp,
};

const DAY: u64 = 86_400;

/// An issuer with which all is well: one key, its set pushed, one region that has it.
fn calm() -> Watched {
    let first = KeyFacts { published_at: Some(START), confirmed_at: Some(START), ..facts(1) };
    let ring = KeyRing::restored(vec![Key::first(first, &Policy::default(), START)]).unwrap();
    let current = KeySetStamp { version: 1, issued_at: START, expires_at: START.plus(7 * DAY) };
    let state = IssuerState {
        issuer: issuer(),
        ring,
        epochs: Epochs::default(),
        rotation: None,
        emergency: None,
        hand_offs: Vec::new(),
        regions: vec![region(Some(1))],
        current,
    };
    Watched {
        state,
        push: WatchedPush { pushed_at: Some(START), ..WatchedPush::default() },
        published_expires_at: Some(current.expires_at),
        disturbance: None,
        signer_warning: None,
        traffic: Traffic::default(),
    }
}

fn region(version: Option<u64>) -> Region {
    Region {
        name: "fra".to_owned(),
        version,
        instances: 1,
        last_report_at: START,
        key_set_age_secs: 1,
        stale: false,
        roots: None,
    }
}

/// The same while a rotation to a second key is under way, whose set is version 2.
fn rotating() -> Watched {
    let mut watched = calm();
    let new = Key::pending(KeyFacts { introduced_in: 2, published_at: Some(START), ..facts(2) });
    let rotation = Rotation::between("r".to_owned(), watched.state.ring.active(), &new, None);
    watched.state.rotation = Some(Rotation { started_at: START, ..rotation });
    watched.state.ring.add(new).unwrap();
    watched.state.current.version = 2;
    watched
}

fn kinds(watched: &Watched, secs: u64) -> Vec<AlertKind> {
    alerts_of(watched, START.plus(secs)).into_iter().map(|alert| alert.kind).collect()
}

fn minute(starts_at: Timestamp, accepted: u64, refused: u64, code: &str) -> Minute {
    Minute { starts_at, accepted, refused: BTreeMap::from([(code.to_owned(), refused)]) }
}

/// An hour in which one token in a hundred was refused, and five minutes in which `refused` of a hundred are.
fn traffic(until: Timestamp, refused: u64) -> Traffic {
    let ago = |minutes: u64| Timestamp::from_secs(until.as_secs() - minutes * 60);
    let before = (6..60).map(|minutes| minute(ago(minutes), 99, 1, "token_expired"));
    let recent = (1..5).map(|minutes| minute(ago(minutes), 100 - refused, refused, "kid_unknown"));
    Traffic(before.chain(recent).collect())
}

#[test]
fn where_all_is_well_nobody_is_told_anything() {
    assert_eq!(kinds(&calm(), 0), []);
    assert_eq!(kinds(&calm(), 3 * DAY), []);
}

#[test]
fn far_more_refusals_than_before_are_a_spike_and_critical_after_a_new_key() {
    let mut watched = calm();
    let later = START.plus(3 * DAY);
    watched.traffic = traffic(later, 30);
    let alert = alerts_of(&watched, later).remove(0);
    assert_eq!((alert.kind, alert.severity), (AlertKind::RefusalsSpike, Severity::Warning));
    let said = "the edge refused 120 of 400 tokens in 5 minutes (30 %), most with `kid_unknown`";
    assert_eq!(alert.summary, said);
    // The same half an hour after the key began to sign.
    let soon = START.plus(1_800);
    watched.traffic = traffic(soon, 30);
    watched.traffic.0.retain(|minute| minute.starts_at < START || minute.starts_at.since(START) > 1_500);
    let alert = alerts_of(&watched, soon).remove(0);
    assert_eq!(alert.severity, Severity::Critical);
    assert!(alert.summary.ends_with("since a new key began to sign"), "{}", alert.summary);
}

#[test]
fn a_trouble_that_a_new_key_brought_does_not_become_the_habit() {
    // Half an hour of refusals since the key began to sign: the five minutes are like the twenty before them.
    let now = START.plus(1_800);
    let before = (1..=60).map(|ago| minute(Timestamp::from_secs(START.as_secs() - ago * 60), 100, 0, "x"));
    let since = (0..30).map(|later| minute(START.plus(later * 60), 50, 50, "kid_unknown"));
    let traffic = Traffic(before.chain(since).collect());
    assert!(traffic.spike(START, now).is_some());
    assert!(traffic.spike(START, now).is_some_and(|spike| spike.after_new_key));
}

#[test]
fn a_few_refusals_or_as_many_as_ever_are_none() {
    let later = START.plus(3 * DAY);
    assert_eq!(traffic(later, 1).spike(START, later), None, "as many as ever");
    assert_eq!(traffic(later, 3).spike(START, later), None, "fewer than one in twenty");
    let few = Traffic(vec![minute(START, 0, 19, "kid_unknown")]);
    assert_eq!(few.spike(START, START), None, "nineteen");
    let alone = Traffic(vec![minute(START, 20, 20, "kid_unknown")]);
    assert!(alone.spike(START, START).is_some(), "half, with nothing to compare with");
    let fewer = Traffic(vec![minute(START, 21, 20, "kid_unknown")]);
    assert_eq!(fewer.spike(START, START), None);
}

#[test]
fn counts_of_any_size_do_not_overflow() {
    let huge = Traffic(vec![minute(START, u64::MAX, u64::MAX, "a"), minute(START, 1, u64::MAX, "a")]);
    assert!(huge.spike(START, START).is_some());
}

#[test]
fn a_push_that_has_failed_for_a_minute_is_failing_and_says_why() {
    let mut watched = calm();
    let last_error = Some("the store answered 403".to_owned());
    watched.push = WatchedPush { pushed_at: None, failed_attempts: 6, last_error };
    assert_eq!(kinds(&watched, 59), []);
    let alert = alerts_of(&watched, START.plus(60)).remove(0);
    assert_eq!((alert.kind, alert.severity), (AlertKind::PublishFailing, Severity::Critical));
    assert!(alert.summary.ends_with("after 6 attempts: the store answered 403"), "{}", alert.summary);
    // One that was never tried is not failing: the server is about to.
    watched.push = WatchedPush::default();
    assert_eq!(kinds(&watched, 60), []);
}

#[test]
fn what_others_did_to_the_store_is_told_until_an_hour_after_it_was_put_right() {
    let mut watched = calm();
    let disturbance = Disturbance { at: START, found: "nothing".to_owned(), repaired_at: None };
    watched.disturbance = Some(disturbance.clone());
    assert_eq!(kinds(&watched, DAY), [AlertKind::StoreDisturbed]);
    watched.disturbance = Some(Disturbance { repaired_at: Some(START.plus(1)), ..disturbance });
    assert_eq!(kinds(&watched, 3_600), [AlertKind::StoreDisturbed]);
    assert_eq!(kinds(&watched, 3_601), []);
}

#[test]
fn a_key_is_overdue_a_day_after_the_window_that_should_have_replaced_it() {
    let mut watched = calm();
    watched.published_expires_at = None;
    assert_eq!(kinds(&watched, 91 * DAY - 1), []);
    let alert = alerts_of(&watched, START.plus(91 * DAY)).remove(0);
    assert_eq!(alert.kind, AlertKind::RotationOverdue);
    assert!(alert.summary.starts_with("the key that signs is 91 days old"), "{}", alert.summary);
    watched.state.issuer.policy.rotation_interval_days = 0;
    assert_eq!(kinds(&watched, 1_000 * DAY), [], "rotations by hand");
}

#[test]
fn a_rotation_that_waits_for_an_hour_has_stalled_and_one_that_is_paused_after_a_day() {
    let mut watched = rotating();
    assert!(!kinds(&watched, 3_599).contains(&AlertKind::RotationStalled));
    let alerts = alerts_of(&watched, START.plus(3_600));
    let stalled = alerts.iter().find(|alert| alert.kind == AlertKind::RotationStalled).unwrap();
    assert!(stalled.summary.contains("`fra`"), "{}", stalled.summary);
    watched.state.rotation.as_mut().unwrap().paused_at = Some(START);
    assert!(!kinds(&watched, DAY - 1).contains(&AlertKind::RotationStalled));
    assert!(kinds(&watched, DAY).contains(&AlertKind::RotationStalled));
}

#[test]
fn the_set_of_the_edge_is_told_of_at_half_of_its_life_and_is_critical_at_the_last_seventh() {
    let severity = |secs| {
        let alerts = alerts_of(&calm(), START.plus(secs));
        alerts.iter().find(|alert| alert.kind == AlertKind::KeySetExpiring).map(|alert| alert.severity)
    };
    assert_eq!(severity(7 * DAY / 2 - 1), None);
    assert_eq!(severity(7 * DAY / 2), Some(Severity::Warning));
    assert_eq!(severity(6 * DAY), Some(Severity::Critical));
    assert_eq!(severity(100 * DAY), Some(Severity::Critical), "it has expired");
}

#[test]
fn a_region_lags_a_minute_after_the_propagation_bound() {
    let watched = rotating();
    assert_eq!(kinds(&watched, 189), []);
    let alert = alerts_of(&watched, START.plus(190)).remove(0);
    assert_eq!((alert.kind, alert.subject.as_str()), (AlertKind::RegionLags, "fra"));
    let mut silent = watched.clone();
    silent.state.regions[0].stale = true;
    assert_eq!(kinds(&silent, 190), [], "a region without traffic judges nothing");
    let mut there = watched;
    there.state.regions[0].version = Some(2);
    assert_eq!(kinds(&there, 190), []);
}

#[test]
fn a_region_without_the_key_that_signs_breaches_the_overlap_at_once() {
    let mut watched = rotating();
    let clearance = Clearance::Overridden { reason: "a test".to_owned() };
    let new = watched.state.rotation.as_ref().unwrap().new_kid.clone();
    watched.state.ring.activate(&new, &clearance, &Policy::default(), START).unwrap();
    let alert = alerts_of(&watched, START).remove(0);
    assert_eq!((alert.kind, alert.severity), (AlertKind::OverlapBreach, Severity::Critical));
    watched.state.regions[0].version = None;
    assert_eq!(kinds(&watched, 0), [AlertKind::OverlapBreach], "no key set at all");
    watched.state.regions[0].version = Some(2);
    assert_eq!(kinds(&watched, 0), []);
}

#[test]
fn what_ends_with_the_delegation_is_told_in_its_own_words() {
    let mut watched = calm();
    watched.signer_warning = Some("the delegation ends".to_owned());
    assert_eq!(alerts_of(&watched, START).remove(0).summary, "the delegation ends");
}

#[test]
fn every_kind_has_a_name_of_its_own_and_a_remedy() {
    for kind in AlertKind::ALL {
        assert_eq!(kind.as_str().parse(), Ok(*kind));
        assert!(!kind.help().is_empty());
    }
    assert!("nothing".parse::<AlertKind>().is_err());
    assert_eq!("critical".parse(), Ok(Severity::Critical));
}

#[test]
fn an_alert_is_over_two_minutes_after_its_rule_last_held() {
    assert!(!is_over(START, START.plus(119)));
    assert!(is_over(START, START.plus(120)));
    assert!(is_over(START.plus(86_400), START), "or nobody would know when, after a clock was set back");
}
