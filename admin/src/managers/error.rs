use std::time::Duration;

use crate::outbound::NotAdmitted;

/// Why a secrets manager did not do what it was asked for. Says nothing about what it was asked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManagerError {
    /// Its address may not be called.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// The request cannot be made.
    #[error("{detail}")]
    Misconfigured {
        /// What is wrong with it.
        detail: String,
    },
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
    /// The answer took too long. What was written may have arrived.
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
}
