//! A key and its life.
//!
//! ```text
//!  pending --activate--> active --supersede--> retiring --retire--> retired
//!     |                    |                       |
//!     +------ revoke       +-- in an emergency     +-- revoke ----> revoked
//! ```
//!
//! A retiring key may be activated again: that is a rollback. Retired and revoked are final.

use keystile_validator::PublicKey;

use super::{Confirmed, Policy, Timestamp, TransitionError};

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The server made it.
    Generated,
    /// It signed before the server was there.
    Adopted,
    /// It was made elsewhere and handed in.
    Imported,
}

impl KeySource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Generated, Self::Adopted, Self::Imported];

    /// The source's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Adopted => "adopted",
            Self::Imported => "imported",
        }
    }
}

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

/// What is known about a key, whatever its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The public half; its thumbprint is the kid.
    pub public: PublicKey,
    /// Where it comes from.
    pub source: KeySource,
    /// When the server came to know it.
    pub created_at: Timestamp,
    /// The first version of the key set that contains it.
    pub introduced_in: u64,
    /// When a set that contains it was pushed and read back.
    pub published_at: Option<Timestamp>,
    /// When every region that reports had it.
    pub confirmed_at: Option<Timestamp>,
    /// The longest life of any token it signed or may have signed.
    pub longest_token_lifetime_secs: u64,
    /// Whether the server holds the private half.
    pub has_private_key: bool,
}

impl KeyFacts {
    /// What is known about a new key, which the version `introduced_in` is the first to contain.
    pub fn new(public: PublicKey, source: KeySource, created_at: Timestamp, introduced_in: u64) -> Self {
        Self {
            public,
            source,
            created_at,
            introduced_in,
            published_at: None,
            confirmed_at: None,
            longest_token_lifetime_secs: 0,
            has_private_key: true,
        }
    }

    /// The same of a key whose private half is elsewhere.
    #[must_use]
    pub fn without_private_key(self) -> Self {
        Self { has_private_key: false, ..self }
    }
}

/// Why a key may begin to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clearance {
    /// Every edge has it.
    Confirmed(Confirmed),
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

    /// The end of the retire window of a retiring key: when the last token it signed has expired at every edge.
    pub fn safe_to_retire_at(&self, policy: &Policy) -> Option<Timestamp> {
        let KeyState::Retiring { superseded_at, .. } = self.state else { return None };
        Some(
            superseded_at
                .plus(self.facts.longest_token_lifetime_secs)
                .plus(policy.leeway_secs)
                .plus(policy.propagation_bound_secs()),
        )
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
            _ => Ok(self.leave(KeyState::Retired { activated_at, superseded_at, retired_at: now })),
        }
    }

    /// Throws a pending or retiring key out. The private half goes with it.
    pub(super) fn revoke(self, reason: String, now: Timestamp) -> Result<Self, TransitionError> {
        match self.state {
            KeyState::Pending | KeyState::Retiring { .. } => Ok(self.throw_out(reason, now)),
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
            KeyState::Retiring { activated_at, superseded_at } => (Some(activated_at), Some(superseded_at)),
            _ => (None, None),
        };
        self.leave(KeyState::Revoked { activated_at, superseded_at, revoked_at: now, reason })
    }

    fn leave(mut self, state: KeyState) -> Self {
        self.facts.has_private_key = false;
        Self { state, ..self }
    }

    fn wrong_state(&self, needed: &'static str, verb: &'static str) -> TransitionError {
        TransitionError::WrongState { kid: self.kid().to_owned(), state: self.state.as_str(), needed, verb }
    }
}
