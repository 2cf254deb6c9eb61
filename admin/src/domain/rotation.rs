//! A rotation: from one active key to the next, in steps that need no human.

use super::{Key, KeyRing, KeyState, Timestamp};

/// A rotation as it was started. How far it has come is read off the keys, so that the two cannot disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Its id.
    pub id: String,
    /// The key that is to become active.
    pub new_kid: String,
    /// The key that was active when it began.
    pub old_kid: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The first version that contains the new key.
    pub version: u64,
    /// Why it was started.
    pub reason: Option<String>,
    /// Whether the schedule started it, whose window its activation then keeps to.
    pub scheduled: bool,
    /// Since when it is held up, if it is.
    pub paused_at: Option<Timestamp>,
    /// When it was called off, or overtaken.
    pub cancelled_at: Option<Timestamp>,
}

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The set with the new key is not pushed and read back yet.
    Publishing,
    /// Regions are still without the new key.
    Confirming,
    /// Every region has the new key, which is about to sign.
    Activating,
    /// The new key signs; tokens of the old one may be in use.
    Retiring,
    /// The old key has left.
    Done,
    /// It was called off, or overtaken by an emergency or a rollback.
    Cancelled,
}

impl Rotation {
    /// The rotation from `old` to `new`, which begins with the making of `new`.
    pub fn between(id: String, old: &Key, new: &Key, reason: Option<String>) -> Self {
        Self {
            id,
            new_kid: new.kid().to_owned(),
            old_kid: old.kid().to_owned(),
            started_at: new.facts().created_at,
            version: new.facts().introduced_in,
            reason,
            scheduled: false,
            paused_at: None,
            cancelled_at: None,
        }
    }

    /// How far it has come.
    pub fn stage(&self, ring: &KeyRing) -> Stage {
        let (Ok(new), Ok(old)) = (ring.get(&self.new_kid), ring.get(&self.old_kid)) else {
            return Stage::Cancelled;
        };
        match (self.cancelled_at, new.state(), old.state()) {
            (Some(_), _, _) | (_, KeyState::Revoked { activated_at: None, .. }, _) => Stage::Cancelled,
            (_, KeyState::Pending, _) if new.facts().published_at.is_none() => Stage::Publishing,
            (_, KeyState::Pending, _) if new.facts().confirmed_at.is_none() => Stage::Confirming,
            (_, KeyState::Pending, _) => Stage::Activating,
            (_, _, KeyState::Retiring { .. }) => Stage::Retiring,
            (_, _, KeyState::Retired { .. } | KeyState::Revoked { .. }) => Stage::Done,
            // The old key signs again: somebody rolled back.
            (_, _, KeyState::Active { .. } | KeyState::Pending) => Stage::Cancelled,
        }
    }

    /// Whether its key does not sign yet, but is going to.
    pub fn awaits_activation(&self, ring: &KeyRing) -> bool {
        matches!(self.stage(ring), Stage::Publishing | Stage::Confirming | Stage::Activating)
    }

    /// Whether there is anything left to do.
    pub fn is_under_way(&self, ring: &KeyRing) -> bool {
        !matches!(self.stage(ring), Stage::Done | Stage::Cancelled)
    }
}
