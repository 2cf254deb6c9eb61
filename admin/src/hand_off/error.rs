use std::time::Duration;

use crate::outbound::NotAdmitted;

/// Why a key is not known to have arrived. It is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandOffError {
    /// The target cannot work as it is.
    #[error("{detail}")]
    Misconfigured {
        /// What is wrong with it.
        detail: String,
    },
    /// Its address may not be called.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Nobody knows what the name of the credential stands for.
    #[error("the credential `{name}` is missing: {cause}")]
    CredentialMissing {
        /// Its name.
        name: String,
        /// Where it was looked for.
        cause: String,
    },
    /// Nobody answered.
    #[error("it cannot be reached: {detail}")]
    Unreachable {
        /// What the system said.
        detail: String,
    },
    /// The answer took too long. What was written may have arrived; the next look finds out.
    #[error("it did not answer within {} seconds", after.as_secs())]
    TimedOut {
        /// How long we waited.
        after: Duration,
    },
    /// The credential is wrong, or may not do this.
    #[error("it refused the credential (status {status}): {detail}")]
    Unauthorized {
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// It answered with a redirect.
    #[error("it answered with a redirect ({status}), which is not followed: name its target instead")]
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// Any other refusal.
    #[error("it refused with status {status}: {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        detail: String,
    },
    /// It answered something that is no answer.
    #[error("its answer cannot be read: {detail}")]
    Unreadable {
        /// What is wrong with it.
        detail: String,
    },
    /// Somebody else keeps something in our place.
    #[error("it holds `{name}` there too, which would be lost")]
    Foreign {
        /// The name of what is not ours.
        name: String,
    },
    /// What was read back is not what was written.
    #[error("it holds something else than what was written")]
    ReadBackDiffers,
    /// A file could not be read or written.
    #[error("`{path}`: {cause}")]
    File {
        /// Which one.
        path: String,
        /// What the system said.
        cause: String,
    },
}

impl HandOffError {
    /// What to do about it.
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } | Self::NotAdmitted(_) | Self::Redirected { .. } => {
                "put the target right with `keystile hand-off set`"
            }
            Self::CredentialMissing { .. } => {
                "set KEYSTILE_CREDENTIAL__NAME, or put a file of this name into KEYSTILE__HAND_OFF__CREDENTIALS"
            }
            Self::Unreachable { .. } | Self::TimedOut { .. } => "it is tried again by itself",
            Self::Unauthorized { .. } => {
                "give the server a credential that may read and write this very secret"
            }
            Self::Refused { .. } | Self::Unreadable { .. } | Self::ReadBackDiffers => {
                "it is tried again by itself; if it goes on, check address and path, and who else writes there"
            }
            Self::Foreign { .. } => "give the key a path of its own",
            Self::File { .. } => "make the folder, and let the server write there",
        }
    }
}
