//! A key and its life.
//!
//! ```text
//!  pending --activate--> active --supersede--> retiring --retire--> retired
//!     |                    |                       |
//!     +------ revoke       +-- in an emergency     +-- revoke ----> revoked
//! ```
//!
//! A retiring key may be activated again: that is a rollback. A retired key whose private half is still sealed may
//! become pending again, for the same reason. Otherwise retired is final, and revoked always is.

use super::{Confirmed, KeyFacts, Policy, Settled, Timestamp, TransitionError};

/// The state of a key, with the instants that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// Published, or about to be; signs nothing.
    Pending,
    /// The one key that signs.
    Active {
        /// Since when.
        activated_at: Timestamp,
    },
    /// Signs no more; tokens it signed are still good.
    Retiring {
        /// When it began to sign.
        activated_at: Timestamp,
        /// When its successor began to sign.
        superseded_at: Timestamp,
    },
    /// Left in order: no token it signed can still be alive.
    Retired {
        /// When it began to sign.
        activated_at: Timestamp,
        /// When its successor began to sign.
        superseded_at: Timestamp,
        /// When it left.
        retired_at: Timestamp,
        /// Until when its private half is kept, if it is.
        sealed_until: Option<Timestamp>,
    },
    /// Thrown out: no token it signed is believed, and it never comes back.
    Revoked {
        /// When it began to sign, if it ever did.
        activated_at: Option<Timestamp>,
        /// When its successor began to sign, if that was before it was revoked.
        superseded_at: Option<Timestamp>,
        /// When it was thrown out.
        revoked_at: Timestamp,
        /// Why.
        reason: String,
    },
}

impl KeyState {
    /// The state's name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active { .. } => "active",
            Self::Retiring { .. } => "retiring",
            Self::Retired { .. } => "retired",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// Why a key may begin to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clearance {
    /// Every edge has it, or finds it.
    Confirmed(Settled),
    /// A person decided not to wait for that.
    Overridden {
        /// Why; it goes into the audit log.
        reason: String,
    },
}

/// A key. Its state changes only by the transitions below, each of which takes the key and gives it back changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    facts: KeyFacts,
    state: KeyState,
}

impl Key {
    /// A key that was just made or imported.
    pub fn pending(facts: KeyFacts) -> Self {
        Self { facts, state: KeyState::Pending }
    }

    /// The first key of an issuer. Nothing signed before it, so there is nobody to wait for.
    pub fn first(facts: KeyFacts, policy: &Policy, now: Timestamp) -> Self {
        Self::pending(facts).sign_from(now, policy)
    }

    /// A key that signed for us in a history that was lost: it verifies until its tokens have expired.
    pub(super) fn taken_over(facts: KeyFacts, now: Timestamp) -> Self {
        Self { facts, state: KeyState::Retiring { activated_at: now, superseded_at: now } }
    }

    /// A key as it was stored.
    pub fn restored(facts: KeyFacts, state: KeyState) -> Self {
        Self { facts, state }
    }

    /// The RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        self.facts.public.thumbprint().as_str()
    }

    /// What is known about it.
    pub fn facts(&self) -> &KeyFacts {
        &self.facts
    }

    /// Where it stands.
    pub fn state(&self) -> &KeyState {
        &self.state
    }

    /// Whether it belongs into the published set.
    pub fn is_published(&self) -> bool {
        matches!(self.state, KeyState::Pending | KeyState::Active { .. } | KeyState::Retiring { .. })
    }

    /// Whether it signs.
    pub fn is_active(&self) -> bool {
        matches!(self.state, KeyState::Active { .. })
    }

    /// When it stopped signing, if it ever signed and does not now.
    pub fn stopped_signing_at(&self) -> Option<Timestamp> {
        match self.state {
            KeyState::Retiring { superseded_at, .. } | KeyState::Retired { superseded_at, .. } => {
                Some(superseded_at)
            }
            KeyState::Revoked { activated_at: Some(_), superseded_at, revoked_at, .. } => {
                Some(superseded_at.unwrap_or(revoked_at))
            }
            _ => None,
        }
    }

    /// The end of the retire window of a retiring key: when the last token it signed has expired at every edge.
    pub fn safe_to_retire_at(&self, policy: &Policy) -> Option<Timestamp> {
        let KeyState::Retiring { superseded_at, .. } = self.state else { return None };
        Some(superseded_at.plus(self.stays_secs(policy)))
    }

    /// How long the key stays in the set once another one has begun to sign.
    pub fn stays_secs(&self, policy: &Policy) -> u64 {
        let Policy { leeway_secs, .. } = policy;
        let tokens_secs = self.facts.longest_token_lifetime_secs.saturating_add(*leeway_secs);
        tokens_secs.saturating_add(policy.propagation_bound_secs())
    }

    /// When the key leaves the set, or left it: from then on no token of it is good. Nobody knows while it may still sign.
    pub fn gone_at(&self, policy: &Policy) -> Option<Timestamp> {
        match self.state {
            KeyState::Pending | KeyState::Active { .. } => None,
            KeyState::Retiring { .. } => self.safe_to_retire_at(policy),
            KeyState::Retired { retired_at, .. } => Some(retired_at),
            KeyState::Revoked { revoked_at, .. } => Some(revoked_at),
        }
    }

    /// Returns `Ok` only if nothing but a clearance keeps the key from signing.
    pub fn can_activate(&self) -> Result<(), TransitionError> {
        if !matches!(self.state, KeyState::Pending | KeyState::Retiring { .. }) {
            return Err(self.wrong_state("pending or retiring", "activated"));
        }
        if !self.facts.has_private_key {
            return Err(TransitionError::PrivateKeyMissing { kid: self.kid().to_owned() });
        }
        Ok(())
    }

    /// Lets a pending key sign, or a retiring one sign again. [`KeyRing`](super::KeyRing) supersedes the key before.
    pub(super) fn activate(
        self,
        clearance: &Clearance,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        self.can_activate()?;
        let mut key = self.sign_from(now, policy);
        if let Clearance::Confirmed(_) = clearance {
            key.facts.confirmed_at.get_or_insert(now);
        }
        Ok(key)
    }

    /// Ends the signing of the active key.
    pub(super) fn supersede(self, now: Timestamp) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Active { activated_at } => {
                Ok(Self { state: KeyState::Retiring { activated_at, superseded_at: now }, ..self })
            }
            _ => Err(self.wrong_state("active", "superseded")),
        }
    }

    /// Takes a retiring key out of the set, once its window has closed. The private half goes with it.
    pub(super) fn retire(self, policy: &Policy, now: Timestamp) -> Result<Self, TransitionError> {
        let KeyState::Retiring { activated_at, superseded_at } = self.state else {
            return Err(self.wrong_state("retiring", "retired"));
        };
        match self.safe_to_retire_at(policy) {
            Some(safe_at) if now < safe_at => {
                Err(TransitionError::RetireWindowOpen { kid: self.kid().to_owned(), safe_at })
            }
            _ => Ok(self.leave_in_order(activated_at, superseded_at, policy, now)),
        }
    }

    /// Destroys the sealed private half of a retired key, once its time has come.
    pub(super) fn destroy(self, now: Timestamp) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Retired { activated_at, superseded_at, retired_at, sealed_until: Some(until) } => {
                if now < until {
                    return Err(TransitionError::StillSealed { kid: self.kid().to_owned(), until });
                }
                let sealed_until = None;
                Ok(self.leave(KeyState::Retired { activated_at, superseded_at, retired_at, sealed_until }))
            }
            _ => Err(self.wrong_state("retired and sealed", "destroyed")),
        }
    }

    /// Brings a retired key back whose private half is still sealed: the set of `version` is the first to contain it
    /// again, and it must be confirmed like a new one.
    pub(super) fn reinstate(mut self, version: u64) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Retired { .. } if self.facts.has_private_key => {
                self.facts =
                    KeyFacts { introduced_in: version, published_at: None, confirmed_at: None, ..self.facts };
                Ok(Self { state: KeyState::Pending, ..self })
            }
            KeyState::Retired { .. } => {
                Err(TransitionError::PrivateKeyMissing { kid: self.kid().to_owned() })
            }
            _ => Err(self.wrong_state("retired and sealed", "brought back")),
        }
    }

    /// Throws a pending or retiring key out. The private half goes with it.
    pub(super) fn revoke(self, reason: String, now: Timestamp) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Pending
            | KeyState::Retiring { .. }
            | KeyState::Retired { sealed_until: Some(_), .. } => Ok(self.throw_out(reason, now)),
            KeyState::Active { .. } => {
                Err(TransitionError::ActiveKeyNeedsEmergency { kid: self.kid().to_owned() })
            }
            _ => Err(self.wrong_state("pending or retiring", "revoked")),
        }
    }

    /// Throws the active key out. Only an emergency may, since it puts another in its place.
    pub(super) fn revoke_active(self, reason: String, now: Timestamp) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Active { .. } => Ok(self.throw_out(reason, now)),
            _ => Err(self.wrong_state("active", "revoked in an emergency")),
        }
    }

    /// Notes that a set that contains it was pushed and read back.
    pub(super) fn note_published(&mut self, now: Timestamp) {
        self.facts.published_at.get_or_insert(now);
    }

    /// Notes that every region that reports has it.
    pub(super) fn note_confirmed(&mut self, _: &Confirmed, now: Timestamp) {
        self.facts.confirmed_at.get_or_insert(now);
    }

    /// Notes that tokens of this life may be signed with it. The longest one counts for ever.
    pub(super) fn note_token_lifetime(&mut self, secs: u64) {
        self.facts.longest_token_lifetime_secs = self.facts.longest_token_lifetime_secs.max(secs);
    }

    fn sign_from(mut self, now: Timestamp, policy: &Policy) -> Self {
        self.note_token_lifetime(policy.longest_token_lifetime_secs());
        Self { state: KeyState::Active { activated_at: now }, ..self }
    }

    fn throw_out(self, reason: String, now: Timestamp) -> Self {
        let (activated_at, superseded_at) = match self.state {
            KeyState::Active { activated_at } => (Some(activated_at), None),
            KeyState::Retiring { activated_at, superseded_at }
            | KeyState::Retired { activated_at, superseded_at, .. } => {
                (Some(activated_at), Some(superseded_at))
            }
            _ => (None, None),
        };
        self.leave(KeyState::Revoked { activated_at, superseded_at, revoked_at: now, reason })
    }

    fn leave_in_order(
        self,
        activated_at: Timestamp,
        superseded_at: Timestamp,
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let sealed_secs = policy.retired_key_sealed_secs();
        if sealed_secs == 0 || !self.facts.has_private_key {
            let sealed_until = None;
            return self.leave(KeyState::Retired {
                activated_at,
                superseded_at,
                retired_at: now,
                sealed_until,
            });
        }
        let sealed_until = Some(now.plus(sealed_secs));
        Self {
            state: KeyState::Retired { activated_at, superseded_at, retired_at: now, sealed_until },
            ..self
        }
    }

    fn leave(mut self, state: KeyState) -> Self {
        self.facts.has_private_key = false;
        Self { state, ..self }
    }

    fn wrong_state(&self, needed: &'static str, verb: &'static str) -> TransitionError {
        TransitionError::WrongState { kid: self.kid().to_owned(), state: self.state.as_str(), needed, verb }
    }
}
