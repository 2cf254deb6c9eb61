//! What is due: the decisions of the steward, without its hands.

use super::{
    Clearance, Confirmed, Epochs, Issuer, Key, KeyRing, KeySetStamp, KeyState, Region, Rotation, Timestamp,
    Unconfirmed, confirm,
};

const DAY_SECS: u64 = 86_400;

/// Everything that decides what may happen to an issuer's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerState {
    /// The issuer and its policy.
    pub issuer: Issuer,
    /// Its keys.
    pub ring: KeyRing,
    /// Its not-before instants.
    pub epochs: Epochs,
    /// The latest rotation.
    pub rotation: Option<Rotation>,
    /// What the edge reports.
    pub regions: Vec<Region>,
    /// The current key set.
    pub current: KeySetStamp,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Note that every edge has this pending key.
    NoteConfirmed {
        /// The key.
        kid: String,
        /// Why it may be noted.
        proof: Confirmed,
    },
    /// Let the new key of the rotation sign.
    Activate {
        /// The key.
        kid: String,
        /// Why it may sign.
        clearance: Clearance,
    },
    /// Take out a key whose window has closed.
    Retire {
        /// The key.
        kid: String,
    },
    /// Start the rotation the calendar asks for.
    Rotate,
    /// Sign the key set again, long before it expires.
    SignAgain,
}

impl IssuerState {
    /// Whether every edge has this key.
    pub fn confirmation(&self, key: &Key, now: Timestamp) -> Result<Confirmed, Unconfirmed> {
        let facts = key.facts();
        confirm(facts.introduced_in, facts.published_at, &self.regions, &self.issuer.policy, now)
    }

    /// The rotation whose key does not sign yet, if there is one.
    pub fn pending_rotation(&self) -> Option<&Rotation> {
        self.rotation.as_ref().filter(|rotation| rotation.awaits_activation(&self.ring))
    }

    /// The next step that is due, if any: what makes keys safe comes before what makes new ones.
    pub fn next_step(&self, now: Timestamp) -> Option<Step> {
        self.confirmation_to_note(now)
            .or_else(|| self.activation_due(now))
            .or_else(|| self.retirement_due(now))
            .or_else(|| self.rotation_due(now).then_some(Step::Rotate))
            .or_else(|| self.signature_due(now).then_some(Step::SignAgain))
    }

    fn confirmation_to_note(&self, now: Timestamp) -> Option<Step> {
        let unnoted = |key: &&Key| key.is_published() && key.facts().confirmed_at.is_none();
        self.ring.keys().filter(unnoted).find_map(|key| {
            let proof = self.confirmation(key, now).ok()?;
            Some(Step::NoteConfirmed { kid: key.kid().to_owned(), proof })
        })
    }

    fn activation_due(&self, now: Timestamp) -> Option<Step> {
        let kid = &self.pending_rotation()?.new_kid;
        let proof = self.confirmation(self.ring.get(kid).ok()?, now).ok()?;
        Some(Step::Activate { kid: kid.clone(), clearance: Clearance::Confirmed(proof) })
    }

    fn retirement_due(&self, now: Timestamp) -> Option<Step> {
        let closed = |key: &&Key| key.safe_to_retire_at(&self.issuer.policy).is_some_and(|at| now >= at);
        self.ring.keys().find(closed).map(|key| Step::Retire { kid: key.kid().to_owned() })
    }

    fn rotation_due(&self, now: Timestamp) -> bool {
        let interval = u64::from(self.issuer.policy.rotation_interval_days) * DAY_SECS;
        let KeyState::Active { activated_at } = self.ring.active().state() else { return false };
        interval > 0 && now.since(*activated_at) >= interval && self.pending_rotation().is_none()
    }

    /// A document of seven days is signed again every day.
    fn signature_due(&self, now: Timestamp) -> bool {
        now.since(self.current.issued_at) >= (self.issuer.policy.key_set_lifetime_secs / 7).max(1)
    }
}
