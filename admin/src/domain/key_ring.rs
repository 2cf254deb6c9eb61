//! All keys an issuer ever had. Exactly one of them is active, at every instant.

use std::cmp::Reverse;

use super::{Clearance, Confirmed, Key, KeyState, Policy, Timestamp, TransitionError};

/// The keys of one issuer. That exactly one is active is not checked but built in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRing {
    // INVARIANT: `active` is active, none of `others` is, and no kid occurs twice. A method that fails changes nothing.
    active: Key,
    others: Vec<Key>,
}

/// What was stored is no key ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an issuer has {active} active keys instead of one: restore the database from a backup")]
pub struct BrokenRing {
    /// How many keys are active.
    pub active: usize,
}

impl KeyRing {
    /// The keys as they were stored, in any order.
    pub fn restored(keys: Vec<Key>) -> Result<Self, BrokenRing> {
        let (mut active, mut others): (Vec<_>, Vec<_>) = keys.into_iter().partition(Key::is_active);
        others.sort_by_key(|key| Reverse(key.facts().created_at));
        match (active.pop(), active.len()) {
            (Some(active), 0) => Ok(Self { active, others }),
            (None, _) => Err(BrokenRing { active: 0 }),
            (Some(_), more) => Err(BrokenRing { active: more + 1 }),
        }
    }

    /// The key that signs.
    pub fn active(&self) -> &Key {
        &self.active
    }

    /// Every key: the active one first, then the newest.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.active).chain(&self.others)
    }

    /// The key with this kid.
    pub fn get(&self, kid: &str) -> Result<&Key, TransitionError> {
        self.keys()
            .find(|key| key.kid() == kid)
            .ok_or_else(|| TransitionError::UnknownKey { kid: kid.to_owned() })
    }

    /// The keys that verify, likeliest first: the active one, those it superseded, latest first, and the pending ones.
    ///
    /// A reader that must guess, since a token names no kid, tries few keys and in this order.
    pub fn published(&self) -> Vec<&Key> {
        let mut keys: Vec<_> = self.keys().filter(|key| key.is_published()).collect();
        keys.sort_by_key(|key| match key.state() {
            KeyState::Active { .. } => (0, Reverse(None)),
            KeyState::Retiring { superseded_at, .. } => (1, Reverse(Some(*superseded_at))),
            _ => (2, Reverse(Some(key.facts().created_at))),
        });
        keys
    }

    /// Takes in a new, pending key. A key that was ever here does not come back.
    pub fn add(&mut self, key: Key) -> Result<(), TransitionError> {
        if let Ok(known) = self.get(key.kid()) {
            return Err(TransitionError::KnownKey {
                kid: key.kid().to_owned(),
                state: known.state().as_str(),
            });
        }
        if !matches!(key.state(), KeyState::Pending) {
            return Err(TransitionError::WrongState {
                kid: key.kid().to_owned(),
                state: key.state().as_str(),
                needed: "pending",
                verb: "added",
            });
        }
        self.others.insert(0, key);
        Ok(())
    }

    /// Lets the key sign from now on; the key that signed before is retiring.
    pub fn activate(
        &mut self,
        kid: &str,
        clearance: &Clearance,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        let next = self.get(kid)?.clone().activate(clearance, policy, now)?;
        let previous = self.active.clone().supersede(now)?;
        self.replace(next);
        self.replace_active(previous);
        Ok(())
    }

    /// Takes a retiring key out of the set, once its window has closed.
    pub fn retire(&mut self, kid: &str, policy: &Policy, now: Timestamp) -> Result<(), TransitionError> {
        let retired = self.get(kid)?.clone().retire(policy, now)?;
        self.replace(retired);
        Ok(())
    }

    /// Throws a pending or retiring key out.
    pub fn revoke(&mut self, kid: &str, reason: String, now: Timestamp) -> Result<(), TransitionError> {
        let revoked = self.get(kid)?.clone().revoke(reason, now)?;
        self.replace(revoked);
        Ok(())
    }

    /// Throws the active key out and puts a new one, which nobody has seen yet, in its place.
    pub fn replace_in_emergency(
        &mut self,
        successor: Key,
        reason: String,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        let mut ring = self.clone();
        let kid = successor.kid().to_owned();
        let clearance = Clearance::Overridden { reason: reason.clone() };
        let revoked = self.active.clone().revoke_active(reason, now)?;
        ring.add(successor)?;
        ring.activate(&kid, &clearance, policy, now)?;
        ring.replace(revoked);
        *self = ring;
        Ok(())
    }

    /// Notes that this version was pushed and read back, on every key that it is the first to contain.
    pub fn note_published(&mut self, version: u64, now: Timestamp) {
        for key in std::iter::once(&mut self.active).chain(&mut self.others) {
            if key.is_published() && key.facts().introduced_in <= version {
                key.note_published(now);
            }
        }
    }

    /// Notes that every region that reports has the key.
    pub fn note_confirmed(
        &mut self,
        kid: &str,
        proof: &Confirmed,
        now: Timestamp,
    ) -> Result<(), TransitionError> {
        let mut key = self.get(kid)?.clone();
        key.note_confirmed(proof, now);
        self.replace(key);
        Ok(())
    }

    /// Notes that tokens of this life may be signed with the active key from now on.
    pub fn note_token_lifetime(&mut self, secs: u64) {
        self.active.note_token_lifetime(secs);
    }

    /// Puts `key` where the key of the same kid was.
    fn replace(&mut self, key: Key) {
        match self.others.iter_mut().find(|other| other.kid() == key.kid()) {
            Some(slot) => *slot = key,
            None => self.active = key,
        }
    }

    /// Puts the superseded key among the others, and the one that `replace` left active there in its place.
    fn replace_active(&mut self, previous: Key) {
        if let Some(slot) = self.others.iter_mut().find(|other| other.is_active()) {
            self.active = std::mem::replace(slot, previous);
        }
    }
}

#[cfg(test)]
mod tests {
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
        ring.add(Key::pending(KeyFacts { has_private_key: false, ..facts(2) })).unwrap();
        let error =
            refused(&mut ring, |ring| ring.activate(&kid(2), &overridden(), &Policy::default(), START));
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
}
