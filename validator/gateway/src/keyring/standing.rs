//! What a gateway has to judge by, and why it has nothing better.

use keystile_validator::KeySetError;

use super::READ_DEADLINE;

/// Why the key set could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The place where it is read failed.
    #[error("the key set could not be read from {0}")]
    Failed(&'static str),
    /// The place where it is read has none.
    #[error("there is no key set in {0}; publish one")]
    Absent(&'static str),
    /// The read took too long.
    #[error("reading the key set took longer than {} s", READ_DEADLINE.as_secs())]
    TimedOut,
    /// What was read is not to be believed.
    #[error("{code}: {0}", code = .0.code())]
    Refused(#[from] KeySetError),
    /// Neither could it be read, nor can the bundled one be used.
    #[error("{read}; and the bundled key set cannot be used: {code}: {bundled}", code = .bundled.code())]
    BundledRefused {
        /// Why it could not be read.
        read: Box<ReadError>,
        /// Why the bundled one is not to be believed.
        bundled: KeySetError,
    },
}

/// What a gateway judges by, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A set that the last read confirmed.
    Confirmed,
    /// The last good set, while reading fails.
    LastGood,
    /// The set that was bundled with the gateway, because none could be read so far.
    Bundled,
    /// A set that has ended: every token is refused.
    Ended,
    /// No set: every token is refused.
    Nothing,
}

impl Standing {
    /// Whether there is a set to judge by.
    pub fn is_usable(self) -> bool {
        !matches!(self, Self::Ended | Self::Nothing)
    }

    /// The word for it in status and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::LastGood => "last_good",
            Self::Bundled => "bundled",
            Self::Ended => "ended",
            Self::Nothing => "nothing",
        }
    }
}
