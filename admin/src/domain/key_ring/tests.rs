use proptest::prelude::*;

use super::*;
use crate::domain::KeyFacts;
use crate::domain::rehearsal::{START, facts, pending};

fn overridden() -> Clearance {
    Clearance::Overridden { reason: "a test".to_owned() }
}

/// A ring whose key number 1 is active.
fn ring() -> KeyRing {
    KeyRing::restored(vec![Key::first(facts(1), &Policy::default(), START)]).unwrap()
}

fn kid(number: u8) -> String {
    pending(number).kid().to_owned()
}

fn state(ring: &KeyRing, number: u8) -> &'static str {
    ring.get(&kid(number)).unwrap().state().as_str()
}

/// Number 2 active, number 1 retiring since `START`.
fn rotated() -> KeyRing {
    let mut ring = ring();
    ring.add(pending(2)).unwrap();
    ring.activate(&kid(2), &overridden(), &Policy::default(), START).unwrap();
    ring
}

/// Asserts that `act` is refused and that the ring is as it was.
fn refused<T: std::fmt::Debug>(
    ring: &mut KeyRing,
    act: impl FnOnce(&mut KeyRing) -> Result<T, TransitionError>,
) -> TransitionError {
    let before = ring.clone();
    let error = act(ring).unwrap_err();
    assert_eq!(*ring, before);
    error
}

#[test]
fn stored_keys_of_which_not_exactly_one_is_active_are_refused() {
    assert_eq!(KeyRing::restored(vec![pending(1)]), Err(BrokenRing { active: 0 }));
    let first = |number| Key::first(facts(number), &Policy::default(), START);
    assert_eq!(KeyRing::restored(vec![first(1), first(2)]), Err(BrokenRing { active: 2 }));
}

#[test]
fn activating_a_key_supersedes_the_one_before() {
    let ring = rotated();
    assert_eq!(ring.active().kid(), kid(2));
    assert_eq!(state(&ring, 1), "retiring");
}

#[test]
fn a_retiring_key_signs_again_in_a_rollback() {
    let mut ring = rotated();
    ring.activate(&kid(1), &overridden(), &Policy::default(), START.plus(5)).unwrap();
    assert_eq!((state(&ring, 1), state(&ring, 2)), ("active", "retiring"));
}

#[test]
fn a_key_without_a_private_half_never_signs() {
    let mut ring = ring();
    ring.add(Key::pending(facts(2).without_private_key())).unwrap();
    let error = refused(&mut ring, |ring| ring.activate(&kid(2), &overridden(), &Policy::default(), START));
    assert_eq!(error, TransitionError::PrivateKeyMissing { kid: kid(2) });
}

#[test]
fn the_retire_window_is_token_lifetime_leeway_and_propagation_bound() {
    let policy = Policy::default();
    let mut ring = rotated();
    let window = 2_592_000 + 30 + 130;
    assert_eq!(ring.get(&kid(1)).unwrap().safe_to_retire_at(&policy), Some(START.plus(window)));
    let early = START.plus(window - 1);
    let error = refused(&mut ring, |ring| ring.retire(&kid(1), &policy, early));
    assert_eq!(error, TransitionError::RetireWindowOpen { kid: kid(1), safe_at: START.plus(window) });
    ring.retire(&kid(1), &policy, START.plus(window)).unwrap();
    assert_eq!(state(&ring, 1), "retired");
}

#[test]
fn a_shorter_policy_does_not_shorten_the_life_of_tokens_already_signed() {
    let mut ring = ring();
    ring.note_token_lifetime(9_000_000);
    ring.add(pending(2)).unwrap();
    let shorter = Policy { refresh_token_expiry_secs: 60, ..Policy::default() };
    ring.activate(&kid(2), &overridden(), &shorter, START).unwrap();
    let window = 9_000_000 + 30 + 130;
    assert_eq!(ring.get(&kid(1)).unwrap().safe_to_retire_at(&shorter), Some(START.plus(window)));
}

#[test]
fn retiring_and_revoking_take_the_private_half_along() {
    let mut ring = rotated();
    ring.add(pending(3)).unwrap();
    ring.retire(&kid(1), &Policy::default(), START.plus(10_000_000)).unwrap();
    ring.revoke(&kid(3), "a test".to_owned(), START).unwrap();
    for number in [1, 3] {
        assert!(!ring.get(&kid(number)).unwrap().facts().has_private_key);
    }
}

#[test]
fn the_active_key_cannot_be_revoked_alone() {
    let mut ring = ring();
    let error = refused(&mut ring, |ring| ring.revoke(&kid(1), "a test".to_owned(), START));
    assert_eq!(error, TransitionError::ActiveKeyNeedsEmergency { kid: kid(1) });
}

#[test]
fn an_emergency_replaces_and_revokes_in_one_step() {
    let mut ring = ring();
    ring.replace_in_emergency(pending(2), "leaked".to_owned(), &Policy::default(), START).unwrap();
    assert_eq!(ring.active().kid(), kid(2));
    assert_eq!(state(&ring, 1), "revoked");
    assert_eq!(ring.published().len(), 1);
}

#[test]
fn what_left_never_comes_back() {
    let mut ring = rotated();
    ring.revoke(&kid(1), "a test".to_owned(), START).unwrap();
    let policy = Policy::default();
    refused(&mut ring, |ring| ring.activate(&kid(1), &overridden(), &policy, START));
    refused(&mut ring, |ring| ring.retire(&kid(1), &policy, START.plus(10_000_000)));
    refused(&mut ring, |ring| ring.revoke(&kid(1), "again".to_owned(), START));
    let error = refused(&mut ring, |ring| ring.add(pending(1)));
    assert_eq!(error, TransitionError::KnownKey { kid: kid(1), state: "revoked" });
}

#[test]
fn only_a_pending_key_can_be_added() {
    let mut ring = ring();
    refused(&mut ring, |ring| ring.add(Key::first(facts(2), &Policy::default(), START)));
}

#[test]
fn a_reader_that_must_guess_meets_the_likeliest_key_first() {
    let mut ring = rotated();
    ring.add(pending(3)).unwrap();
    ring.activate(&kid(3), &overridden(), &Policy::default(), START.plus(9)).unwrap();
    ring.add(pending(4)).unwrap();
    let order: Vec<_> = ring.published().iter().map(|key| key.kid().to_owned()).collect();
    assert_eq!(order, [kid(3), kid(2), kid(1), kid(4)]);
}

#[test]
fn a_key_is_published_only_by_a_set_that_contains_it() {
    let mut ring = ring();
    ring.add(Key::pending(KeyFacts { introduced_in: 2, ..facts(2) })).unwrap();
    ring.note_published(1, START);
    assert_eq!(ring.get(&kid(1)).unwrap().facts().published_at, Some(START));
    assert_eq!(ring.get(&kid(2)).unwrap().facts().published_at, None);
}

#[derive(Debug, Clone)]
enum Act {
    Add(u8),
    Activate(u8),
    Retire(u8),
    Revoke(u8),
    Emergency(u8),
}

fn act() -> impl Strategy<Value = Act> {
    let number = 1..8_u8;
    prop_oneof![
        number.clone().prop_map(Act::Add),
        number.clone().prop_map(Act::Activate),
        number.clone().prop_map(Act::Retire),
        number.clone().prop_map(Act::Revoke),
        number.prop_map(Act::Emergency),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is asked for, in whatever order and at whatever time: one key is active, what left stays away,
    /// and no key is retired before the last token it can have signed has expired everywhere.
    #[test]
    fn no_history_breaks_the_ring(acts in prop::collection::vec((act(), 0..3_000_000_u64), 1..40)) {
        let policy = Policy::default();
        let mut ring = ring();
        let mut now = START;
        for (act, pause) in acts {
            now = now.plus(pause);
            let before = ring.clone();
            let _ = match act {
                Act::Add(number) => ring.add(pending(number)),
                Act::Activate(number) => ring.activate(&kid(number), &overridden(), &policy, now),
                Act::Retire(number) => ring.retire(&kid(number), &policy, now),
                Act::Revoke(number) => ring.revoke(&kid(number), "a test".to_owned(), now),
                Act::Emergency(number) => {
                    ring.replace_in_emergency(pending(number), "a test".to_owned(), &policy, now)
                }
            };
            prop_assert_eq!(ring.keys().filter(|key| key.is_active()).count(), 1);
            for key in before.keys() {
                let after = ring.get(key.kid()).unwrap();
                if !key.is_published() {
                    prop_assert_eq!(key, after);
                }
                if let KeyState::Retired { superseded_at, retired_at, .. } = after.state() {
                    prop_assert!(retired_at.since(*superseded_at) >= 2_592_000 + 30 + 130);
                }
            }
        }
    }
}
