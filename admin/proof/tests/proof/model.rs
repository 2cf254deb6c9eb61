//! Every order of events in small worlds: what is promised holds, and each guard, once broken, breaks a promise.

use std::sync::{Arc, LazyLock};

use keystile_proof::model::{Guard, Lab, NAMES, Order, Scope, World};
use stateright::{Checker, Model};

static LAB: LazyLock<Arc<Lab>> = LazyLock::new(|| Arc::new(Lab::open().unwrap()));

/// A gradual rotation with one server: slow, with a write that vanishes, and an isolate that is replaced.
const GRADUAL: Scope = Scope {
    name: "a gradual rotation",
    servers: 1,
    regions: 2,
    orders: &[Order::Rotation],
    orders_until: 2,
    horizon: 14,
    token_ticks: 1,
    naps: 1,
    crashes: 0,
    vain_writes: 0,
    late_writes: 0,
    forgetting: 1,
    lost_reports: 0,
    probes: 0,
    second_source: false,
};

/// The same where reports are lost, so that the server hears nothing of a region, and somebody makes up a `kid` there.
const UNHEARD: Scope = Scope {
    name: "a region that is not heard of",
    orders_until: 4,
    horizon: 16,
    naps: 0,
    forgetting: 0,
    lost_reports: 1,
    probes: 1,
    second_source: true,
    ..GRADUAL
};

/// A server that dies, and a write that vanishes though it was answered.
const LOST_WRITES: Scope = Scope { name: "a lost write", regions: 1, crashes: 1, vain_writes: 1, ..GRADUAL };

/// Two servers on one database, whose clocks differ, that fall asleep and die at any step.
const TWO_SERVERS: Scope = Scope {
    name: "two servers",
    servers: 2,
    regions: 1,
    horizon: 12,
    naps: 2,
    crashes: 1,
    second_source: true,
    ..GRADUAL
};

/// A write that arrives after its answer was given up, over a newer one.
const LATE_WRITES: Scope = Scope {
    name: "late writes",
    servers: 1,
    regions: 1,
    horizon: 12,
    crashes: 1,
    late_writes: 1,
    second_source: true,
    ..GRADUAL
};

/// An emergency at any moment, a rotation under way or not.
const EMERGENCY: Scope = Scope {
    name: "an emergency",
    servers: 1,
    regions: 2,
    orders: &[Order::Rotation, Order::Emergency],
    orders_until: 6,
    horizon: 12,
    token_ticks: 10,
    naps: 0,
    crashes: 0,
    vain_writes: 0,
    late_writes: 0,
    forgetting: 1,
    lost_reports: 0,
    probes: 0,
    second_source: true,
};

/// Goes through the whole scope. Nothing may be found.
fn holds(scope: Scope) {
    let checker = World::new(scope, None, LAB.clone()).checker().threads(2).spawn_bfs().join();
    println!(
        "{}: {} states, {} transitions, {} deep",
        scope.name,
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth()
    );
    for name in NAMES {
        if let Some(path) = checker.discovery(name) {
            panic!("{}: {name}: {:#?}", scope.name, path.into_actions());
        }
    }
    assert!(
        checker.unique_state_count() > 1_000,
        "the world of `{}` is too small to say anything",
        scope.name
    );
}

/// With a guard broken, the checker must find out how that hurts.
fn breaks(scope: Scope, guard: Guard, promise: &'static str) {
    let name = NAMES.into_iter().find(|name| name.contains(promise)).unwrap();
    let checker = World::new(scope, Some(guard), LAB.clone()).checker().threads(2);
    let checker = checker.finish_when(stateright::HasDiscoveries::AnyOf([name].into())).spawn_bfs().join();
    let path =
        checker.discovery(name).unwrap_or_else(|| panic!("without {guard:?}: {name}: no counterexample"));
    println!("without {guard:?}, {} states: {:?}", checker.unique_state_count(), path.into_actions());
}

#[test]
fn a_gradual_rotation_refuses_no_good_token() {
    holds(GRADUAL);
}

#[test]
fn an_edge_that_is_not_heard_of_asks_the_server() {
    holds(UNHEARD);
}

#[test]
fn a_lost_write_is_made_good() {
    holds(LOST_WRITES);
}

#[test]
fn two_servers_are_as_one() {
    holds(TWO_SERVERS);
}

#[test]
fn a_late_write_is_repaired() {
    holds(LATE_WRITES);
}

#[test]
fn an_emergency_ends_within_the_bound() {
    holds(EMERGENCY);
}

#[test]
fn without_confirmation_a_good_token_is_refused() {
    breaks(GRADUAL, Guard::Confirmation, "good token");
}

#[test]
fn without_a_pause_an_edge_that_has_just_looked_for_another_kid_refuses_a_good_token() {
    breaks(UNHEARD, Guard::Pause, "good token");
}

#[test]
fn with_a_short_retire_window_a_good_token_is_refused() {
    breaks(GRADUAL, Guard::RetireWindow, "good token");
}

#[test]
fn without_fencing_a_server_that_was_asleep_overwrites_a_newer_set() {
    breaks(TWO_SERVERS, Guard::Fencing, "asleep");
}

#[test]
fn without_a_floor_the_version_falls_at_an_edge() {
    breaks(LATE_WRITES, Guard::Floor, "falls at an edge");
}

#[test]
fn without_the_version_rule_two_sets_have_one_version() {
    breaks(GRADUAL, Guard::VersionRule, "higher version");
}

#[test]
fn without_reading_back_a_key_signs_that_no_edge_can_have() {
    breaks(LOST_WRITES, Guard::ReadBack, "good token");
}

#[test]
fn without_repair_a_late_write_stays() {
    breaks(LATE_WRITES, Guard::Repair, "ends");
}

#[test]
fn without_reading_first_a_revoked_key_is_believed_too_long() {
    breaks(EMERGENCY, Guard::Freshness, "revoked key");
}

#[test]
fn without_taking_the_key_out_an_emergency_is_none() {
    breaks(EMERGENCY, Guard::RevokedKeyOut, "revoked key");
}

#[test]
fn without_the_second_source_an_edge_that_is_not_heard_of_refuses_a_good_token() {
    breaks(UNHEARD, Guard::SecondSource, "good token");
}

#[test]
fn with_epochs_by_precedence_a_token_from_before_the_emergency_is_believed() {
    breaks(EMERGENCY, Guard::NewestEpoch, "before an emergency");
}
