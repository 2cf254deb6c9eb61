use std::time::Duration;

use crate::outbound::NotAdmitted;

/// Why something did not arrive. Says nothing that the receiver answered but its status: whoever adds a webhook is not to
/// read through this server what only it can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The server does not call this address.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// It answered, and not with success.
    #[error("the receiver answered {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// It answered with a redirect.
    #[error(
        "the receiver answered with a redirect ({status}), which is not followed: name its target instead"
    )]
    Redirected {
        /// The HTTP status.
        status: u16,
    },
    /// The receiver wants nothing any more.
    #[error("the receiver answered 410: it is gone")]
    Gone,
    /// It did not answer in time.
    #[error("the receiver did not answer within {} seconds", after.as_secs())]
    TimedOut {
        /// How long it was given.
        after: Duration,
    },
    /// No connection came about.
    #[error("the receiver cannot be reached: {detail}")]
    Unreachable {
        /// What the network said.
        detail: String,
    },
    /// The mail server refused a mail.
    #[error("the mail was not taken: {detail}")]
    MailRefused {
        /// What it said.
        detail: String,
    },
    /// Mail is set up in a way that cannot be used.
    #[error("mail is not set up right: {detail}")]
    MailMisconfigured {
        /// What is wrong.
        detail: String,
    },
}

impl DeliveryError {
    /// When the receiver wants to be asked again, if it says so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
