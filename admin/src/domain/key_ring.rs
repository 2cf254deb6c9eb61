//! All keys an issuer ever had. Exactly one of them is active, at every instant.

use std::cmp::Reverse;

use super::{Clearance, Confirmed, Key, KeyFacts, KeyState, Policy, Timestamp, TransitionError};

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

    /// Takes in a key that signed in a history that was lost: it verifies until its tokens have expired.
    pub fn take_over(&mut self, facts: KeyFacts, now: Timestamp) -> Result<(), TransitionError> {
        let key = Key::taken_over(facts, now);
        if let Ok(known) = self.get(key.kid()) {
            let state = known.state().as_str();
            return Err(TransitionError::KnownKey { kid: key.kid().to_owned(), state });
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

    /// Destroys the sealed private half of a retired key, once its time has come.
    pub fn destroy(&mut self, kid: &str, now: Timestamp) -> Result<(), TransitionError> {
        let destroyed = self.get(kid)?.clone().destroy(now)?;
        self.replace(destroyed);
        Ok(())
    }

    /// Brings a retired key back whose private half is still sealed; the set of `version` contains it again.
    pub fn reinstate(&mut self, kid: &str, version: u64) -> Result<(), TransitionError> {
        let pending = self.get(kid)?.clone().reinstate(version)?;
        self.replace(pending);
        Ok(())
    }

    /// The key that signed before the active one, if it may sign again: what a rollback goes back to.
    pub fn previous(&self) -> Result<&Key, TransitionError> {
        let stopped = self.others.iter().filter(|key| key.stopped_signing_at().is_some());
        let previous =
            stopped.max_by_key(|key| key.stopped_signing_at()).ok_or(TransitionError::NothingToRollBackTo)?;
        match previous.state() {
            KeyState::Revoked { reason, .. } => Err(TransitionError::PreviousKeyRevoked {
                kid: previous.kid().to_owned(),
                reason: reason.clone(),
            }),
            _ if !previous.facts().has_private_key => {
                Err(TransitionError::PrivateKeyMissing { kid: previous.kid().to_owned() })
            }
            _ => Ok(previous),
        }
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
    pub(super) fn replace(&mut self, key: Key) {
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
mod tests;
