use std::error::Error;

/// The setting by which the operator allows hosts.
pub const SETTING: &str = "KEYSTILE__OUTBOUND__ALLOWED_HOSTS";

/// Why a place is not called. Repeats no more of its address than the host: the rest often is a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// Not an address that could be called.
    #[error("the address cannot be used: {cause}")]
    Unusable {
        /// What is wrong with it.
        cause: String,
    },
    /// What is said there would travel in clear.
    #[error(
        "the address must begin with https://, unless the operator adds `{host}` to {SETTING} in the server's environment"
    )]
    InClear {
        /// Host and port.
        host: String,
    },
    /// The host is this machine, or in a network of its own.
    #[error(
        "`{host}` is not a public address, so the server does not call it, unless the operator adds `{host}` to {SETTING} \
         in the server's environment"
    )]
    NotPublic {
        /// Host, and port where it is known: just what would allow it.
        host: String,
    },
}

/// Why a request came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Its name stands for what may not be called.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// It did not answer in time.
    #[error("it did not answer in time")]
    TimedOut,
    /// No connection came about, or it broke.
    #[error("it cannot be reached: {cause}")]
    Unreachable {
        /// What the network said.
        cause: String,
    },
}

impl From<&reqwest::Error> for Failure {
    fn from(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        // The outermost message only says that a request failed; the innermost one says why.
        let mut cause: &dyn Error = error;
        while let Some(source) = cause.source() {
            if let Some(ours) = source.downcast_ref::<NotAdmitted>() {
                return ours.clone().into();
            }
            cause = source;
        }
        Self::Unreachable { cause: cause.to_string() }
    }
}
