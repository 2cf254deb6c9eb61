//! Why a key stays as it is.

use super::{Timestamp, Unconfirmed};

/// A transition was refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// There is no such key.
    #[error("there is no key `{kid}`")]
    UnknownKey {
        /// The kid asked for.
        kid: String,
    },
    /// The key is known already.
    #[error("the key `{kid}` is known already, and it is {state}")]
    KnownKey {
        /// Its kid.
        kid: String,
        /// Its state.
        state: &'static str,
    },
    /// The transition does not start from here.
    #[error("the key `{kid}` is {state}, and only a key that is {needed} can be {verb}")]
    WrongState {
        /// The key.
        kid: String,
        /// Where it stands.
        state: &'static str,
        /// Where it would have to stand.
        needed: &'static str,
        /// What was asked, as a participle.
        verb: &'static str,
    },
    /// Not every edge is known to have it.
    #[error("{0}")]
    NotYetConfirmed(Unconfirmed),
    /// Tokens it signed may still be alive.
    #[error("tokens signed by the key `{kid}` may be in use until {safe_at}")]
    RetireWindowOpen {
        /// The key.
        kid: String,
        /// The first instant at which it may be retired.
        safe_at: Timestamp,
    },
    /// Its private half is kept for a rollback.
    #[error("the private half of the key `{kid}` is kept sealed until {until}")]
    StillSealed {
        /// The key.
        kid: String,
        /// When it is destroyed.
        until: Timestamp,
    },
    /// No other key ever signed.
    #[error("no key signed before the active one, so there is nothing to roll back to")]
    NothingToRollBackTo,
    /// What signed before must not sign again.
    #[error("the key `{kid}` signed before, and it was revoked: {reason}")]
    PreviousKeyRevoked {
        /// The key.
        kid: String,
        /// Why it was revoked.
        reason: String,
    },
    /// Without a successor nothing could sign.
    #[error("the key `{kid}` is active, so it cannot be revoked alone")]
    ActiveKeyNeedsEmergency {
        /// The active key.
        kid: String,
    },
    /// There is only a public half.
    #[error("the server does not hold the private half of the key `{kid}`")]
    PrivateKeyMissing {
        /// The key.
        kid: String,
    },
}

impl TransitionError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "key_not_found",
            Self::KnownKey { .. } => "key_exists",
            Self::WrongState { .. } => "wrong_key_state",
            Self::NotYetConfirmed(_) => "not_yet_confirmed",
            Self::RetireWindowOpen { .. } => "retire_window_open",
            Self::StillSealed { .. } => "still_sealed",
            Self::NothingToRollBackTo => "nothing_to_roll_back_to",
            Self::PreviousKeyRevoked { .. } => "previous_key_revoked",
            Self::ActiveKeyNeedsEmergency { .. } => "active_key_needs_emergency",
            Self::PrivateKeyMissing { .. } => "private_key_missing",
        }
    }

    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "`keystile keys list` shows the keys",
            Self::KnownKey { .. } => "make or import another key; a key that left never comes back",
            Self::WrongState { .. } => "`keystile keys list` shows the state of each key",
            Self::NotYetConfirmed(_) => "wait, or override with a reason, which is audited",
            Self::RetireWindowOpen { .. } => {
                "wait until then, or revoke the key if its tokens must not be believed"
            }
            Self::StillSealed { .. } => "wait until then, or revoke the key, which destroys it at once",
            Self::NothingToRollBackTo => "rotate instead",
            Self::PreviousKeyRevoked { .. } => "rotate to a new key: a revoked one never comes back",
            Self::ActiveKeyNeedsEmergency { .. } => {
                "`keystile emergency` replaces and revokes it in one action"
            }
            Self::PrivateKeyMissing { .. } => "activate a key that the server made, or import both halves",
        }
    }

    /// From when on the same transition would be granted, where that is known.
    pub const fn safe_at(&self) -> Option<Timestamp> {
        match self {
            Self::NotYetConfirmed(missing) => missing.safe_at,
            Self::RetireWindowOpen { safe_at: at, .. } | Self::StillSealed { until: at, .. } => Some(*at),
            _ => None,
        }
    }
}
