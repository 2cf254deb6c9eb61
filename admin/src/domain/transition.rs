//! Why a key stays as it is.

use super::{NotHandedOver, Timestamp, Unconfirmed};

fn spelled(missing: &[NotHandedOver]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

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
    /// Not every backend is known to have it.
    #[error("{}", spelled(missing))]
    NotHandedOver {
        /// Who lacks it, and why.
        missing: Vec<NotHandedOver>,
    },
    /// A backend may be signing with it, so that it cannot be called off as if nobody had seen it.
    #[error("the key `{kid}` has been handed over to a backend already")]
    WithBackends {
        /// The key.
        kid: String,
    },
    /// Backends may still sign with it.
    #[error("backends may still sign with the key `{kid}`: {}", spelled(missing))]
    BackendsBehind {
        /// The key.
        kid: String,
        /// Who lacks its successor, and why.
        missing: Vec<NotHandedOver>,
    },
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
            Self::NotHandedOver { .. } => "not_handed_over",
            Self::WithBackends { .. } => "with_backends",
            Self::BackendsBehind { .. } => "backends_behind",
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
            Self::NotHandedOver { .. } => {
                "`keystile hand-off show` says what each target waits for; wait, or override with a reason, which is audited"
            }
            Self::WithBackends { .. } => {
                "let it be activated and roll back then, or revoke it, which refuses the tokens it has signed"
            }
            Self::BackendsBehind { .. } => {
                "`keystile hand-off show` says what each target waits for; one that is gone is taken out with `keystile hand-off set`"
            }
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
