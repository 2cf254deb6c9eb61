use std::time::Duration;

use crate::publish::Found;

/// Why a key set is not known to have arrived. The outbox keeps it and tries again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The settings cannot work.
    #[error("{detail}")]
    Misconfigured {
        /// Which setting, and what is wrong with it.
        detail: String,
    },
    /// Nobody answered.
    #[error("the KV store cannot be reached: {detail}")]
    Unreachable {
        /// What the system said.
        detail: String,
    },
    /// The answer took too long. The write may have happened; a retry finds out.
    #[error("the KV store did not answer within {} seconds", after.as_secs())]
    TimedOut {
        /// How long we waited.
        after: Duration,
    },
    /// The API token is wrong, or may not write to this namespace.
    #[error("the KV store refused the API token (status {status})")]
    Unauthorized {
        /// 401 or 403.
        status: u16,
    },
    /// There is no such namespace.
    #[error("the KV store has no namespace `{namespace}`")]
    NamespaceMissing {
        /// The id that was asked for.
        namespace: String,
    },
    /// Too many requests: Cloudflare blocks all calls of a user for five minutes past 1,200 in five.
    #[error("the KV store asked for fewer requests")]
    RateLimited {
        /// When it said to come back.
        retry_after: Option<Duration>,
    },
    /// Any other status.
    #[error("the KV store refused with status {status}: {detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The beginning of its answer.
        detail: String,
    },
    /// A filter or one of its lists did not arrive. The key set that names it is not written before it has.
    #[error("the KV store has not got `{name}`, which was written")]
    FilterMissing {
        /// The key.
        name: String,
    },
    /// The answer is far longer than any key set.
    #[error("the KV store's answer is longer than {limit} bytes")]
    AnswerTooLarge {
        /// The most that is read.
        limit: usize,
    },
    /// What was read back is not what was written. KV caches reads, so this may heal by itself.
    #[error("the KV store holds {found} right after the write")]
    ReadBackDiffers {
        /// What it holds.
        found: Found,
    },
    /// Another process took over while this one was asleep. Nothing was written.
    #[error("another process on this database has taken over the pushing")]
    Overtaken,
    /// The store holds another genuine set that is not older: another server writes there, or this one was restored.
    #[error("the KV store holds version {remote} of another history, and version {ours} cannot replace it")]
    NewerThanOurs {
        /// The version found.
        remote: u64,
        /// The version that was to be written.
        ours: u64,
    },
}

impl PublishError {
    /// What a person should do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Misconfigured { .. } => "correct the setting and restart the server",
            Self::Unreachable { .. } | Self::TimedOut { .. } => {
                "check the KV base URL and the network; the push is retried by itself"
            }
            Self::Unauthorized { .. } => {
                "give the server an API token with the permission `Workers KV Storage: Edit` for this account"
            }
            Self::NamespaceMissing { .. } => "check the account id and the namespace id in the settings",
            Self::RateLimited { .. } => {
                "use an API token of its own user for Keystile; the push is retried by itself"
            }
            Self::Refused { .. }
            | Self::FilterMissing { .. }
            | Self::AnswerTooLarge { .. }
            | Self::ReadBackDiffers { .. } => {
                "the push is retried by itself; if it goes on, check that the base URL is that of the KV API"
            }
            Self::Overtaken => "nothing: the other process pushes",
            Self::NewerThanOurs { .. } => {
                "if another server publishes for this issuer, stop one of the two; if this database was restored from \
                 a backup, `keystile overtake` goes on above that version"
            }
        }
    }

    /// How long the store asked to be left alone, where it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}
