//! Why a passkey cannot be made, used or removed.

use crate::operations::ErrorKind;
use crate::passkeys::PasskeyError;

/// A refusal about passkeys. Nothing was changed, but that a challenge which was answered is used up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefusal {
    /// Whoever asks has no password either.
    #[error("passkeys belong to users who sign in here, by name and password")]
    NotAUser,
    /// No browser would keep one for this server.
    #[error("this server has no name that passkeys can belong to")]
    Unavailable,
    /// The challenge was answered, taken back, or has waited too long; or it never was.
    #[error("this attempt is unknown, used or too old")]
    AttemptOver,
    /// The new passkey cannot be kept.
    #[error("the passkey cannot be registered: {0}")]
    NotRegistered(PasskeyError),
    /// The answer does not let anybody in.
    #[error("the passkey was refused: {0}")]
    Refused(PasskeyError),
    /// There is no such passkey.
    #[error("there is no passkey `{id}` of this user")]
    NotFound {
        /// The id asked for.
        id: String,
    },
    /// There is no room for another one.
    #[error("there are {most} passkeys already")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
    /// Without it she could not sign in, or only by her password.
    #[error("this is the last passkey, and this server wants one of everybody")]
    Last,
}

impl PasskeyRefusal {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAUser => "not_a_user",
            Self::Unavailable => "passkeys_unavailable",
            Self::AttemptOver => "attempt_over",
            Self::NotRegistered(_) => "passkey_not_registered",
            Self::Refused(_) => "passkey_refused",
            Self::NotFound { .. } => "passkey_not_found",
            Self::TooMany { .. } => "too_many_passkeys",
            Self::Last => "last_passkey",
        }
    }

    /// What to do about it, where the message does not say so.
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::NotAUser => Some("sign in by name; an identity provider has second factors of its own"),
            Self::Unavailable => Some("set KEYSTILE__PUBLIC_URL to `https://NAME`, the console's address"),
            Self::AttemptOver => Some("begin again"),
            Self::NotRegistered(_) => None,
            Self::Refused(_) => {
                Some("sign in again, and if you have lost it, have an administrator invite you again")
            }
            Self::NotFound { .. } => Some("`keystile user passkeys NAME` shows them"),
            Self::TooMany { .. } => Some("remove one that is not used any more"),
            Self::Last => Some("add another one first, or have an administrator invite you again"),
        }
    }

    /// What kind of refusal it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::NotRegistered(_) => ErrorKind::Invalid,
            Self::Refused(_) => ErrorKind::Unauthenticated,
            Self::NotFound { .. } => ErrorKind::NotFound,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::NotAUser | Self::AttemptOver | Self::TooMany { .. } | Self::Last => ErrorKind::Conflict,
        }
    }
}
