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
