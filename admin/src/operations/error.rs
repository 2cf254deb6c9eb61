//! Every refusal of an operation, spelled once. Doors map it; they add no code of their own to it.

use crate::domain::Timestamp;

/// Why an operation was refused or failed. Nothing was changed.
///
/// `Display` says what is wrong, [`help`](Self::help) says what to do, [`code`](Self::code) is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// An input cannot be what it should be.
    #[error("{field}: {detail}")]
    InvalidInput {
        /// The name of the input, as in the HTTP API.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        detail: String,
    },
    /// A key could not be read, is too weak, or does not match its other half.
    #[error("{detail}")]
    KeyInvalid {
        /// What is wrong with it, and what would be right.
        detail: String,
    },
    /// There is no valid credential.
    #[error("the credential is missing, unknown, expired or revoked")]
    Unauthenticated,
    /// The role does not allow it.
    #[error("{detail}")]
    Forbidden {
        /// Which role was not enough.
        detail: String,
    },
    /// There is no such issuer.
    #[error("there is no issuer `{issuer}`")]
    IssuerNotFound {
        /// The id asked for.
        issuer: String,
    },
    /// The issuer has no such key.
    #[error("there is no key `{kid}`")]
    KeyNotFound {
        /// The kid asked for.
        kid: String,
    },
    /// No rotation is under way.
    #[error("no rotation is in progress")]
    RotationNotFound,
    /// There is no such API token.
    #[error("there is no API token `{id}`")]
    ApiTokenNotFound {
        /// The id asked for.
        id: String,
    },
    /// The key is known already; a key that left never comes back.
    #[error("the key `{kid}` is known already, and it is {state}")]
    KeyExists {
        /// Its kid.
        kid: String,
        /// Its state.
        state: &'static str,
    },
    /// The transition does not start from the key's state.
    #[error("the key `{kid}` is {state}, and only a key that is {needed} can be {verb}")]
    WrongKeyState {
        /// The key.
        kid: String,
        /// Where it stands.
        state: &'static str,
        /// Where it would have to stand.
        needed: &'static str,
        /// What was asked, as a participle.
        verb: &'static str,
    },
    /// Not every edge is known to have the key yet.
    #[error("{detail}")]
    NotYetConfirmed {
        /// Who is missing, and until when.
        detail: String,
        /// The instant after which the gate opens even if nobody reports any more.
        safe_at: Option<Timestamp>,
    },
    /// Tokens that this key signed may still be in use.
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
    /// Another rotation has not got as far as its activation.
    #[error("a rotation to the key `{new_kid}` is in progress")]
    RotationInProgress {
        /// The key that is to become active.
        new_kid: String,
    },
    /// The confirmation does not name the active key.
    #[error("the confirmation does not match the active key")]
    ConfirmationMismatch,
    /// The present is before the last signature.
    #[error("the clock says {now}, but the last key set was signed at {last}")]
    ClockWentBack {
        /// What the clock says.
        now: Timestamp,
        /// When the last key set was signed.
        last: Timestamp,
    },
    /// The validator would refuse what was about to be published.
    #[error("the validator refuses the new key set: {detail}")]
    KeySetRefused {
        /// Its code and description.
        detail: String,
    },
    /// There is nothing to push to.
    #[error("no KV namespace is configured")]
    KvNotConfigured,
    /// A push did not succeed; it stays in the outbox.
    #[error("the key set could not be pushed: {detail}")]
    PushFailed {
        /// What happened, and what to do.
        detail: String,
    },
    /// The data folder holds no database.
    #[error("`{data}` holds no keystile data")]
    NotInitialised {
        /// The folder.
        data: String,
    },
    /// The data folder cannot be used.
    #[error("{detail}")]
    DataFolder {
        /// What is wrong with which path.
        detail: String,
    },
    /// The master key is missing, malformed or not the one that sealed this data.
    #[error("{detail}")]
    MasterKey {
        /// What is wrong with it.
        detail: String,
    },
    /// Another process held the database for too long.
    #[error("the database is busy")]
    StoreBusy,
    /// The database failed.
    #[error("the database failed: {detail}")]
    StoreFailed {
        /// For the log and the command line; an HTTP answer says nothing of it.
        detail: String,
    },
    /// Something that should not happen did.
    #[error("{detail}")]
    Internal {
        /// For the log and the command line; an HTTP answer says nothing of it.
        detail: String,
    },
}

/// What kind of refusal this is, from which each door derives its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is wrong (400).
    Invalid,
    /// Who asks is not known (401).
    Unauthenticated,
    /// Who asks may not (403).
    Forbidden,
    /// What is asked for is not there (404).
    NotFound,
    /// The present state does not allow it (409).
    Conflict,
    /// It may succeed later, or after somebody acts (503).
    Unavailable,
    /// The server is at fault (500).
    Internal,
}

impl OperationError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "invalid_input",
            Self::KeyInvalid { .. } => "key_invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::IssuerNotFound { .. } => "issuer_not_found",
            Self::KeyNotFound { .. } => "key_not_found",
            Self::RotationNotFound => "rotation_not_found",
            Self::ApiTokenNotFound { .. } => "api_token_not_found",
            Self::KeyExists { .. } => "key_exists",
            Self::WrongKeyState { .. } => "wrong_key_state",
            Self::NotYetConfirmed { .. } => "not_yet_confirmed",
            Self::RetireWindowOpen { .. } => "retire_window_open",
            Self::ActiveKeyNeedsEmergency { .. } => "active_key_needs_emergency",
            Self::PrivateKeyMissing { .. } => "private_key_missing",
            Self::RotationInProgress { .. } => "rotation_in_progress",
            Self::ConfirmationMismatch => "confirmation_mismatch",
            Self::ClockWentBack { .. } => "clock_went_back",
            Self::KeySetRefused { .. } => "key_set_refused",
            Self::KvNotConfigured => "kv_not_configured",
            Self::PushFailed { .. } => "push_failed",
            Self::NotInitialised { .. } => "not_initialised",
            Self::DataFolder { .. } => "data_folder_unusable",
            Self::MasterKey { .. } => "master_key_unusable",
            Self::StoreBusy => "store_busy",
            Self::StoreFailed { .. } => "store_failed",
            Self::Internal { .. } => "internal",
        }
    }

    /// What kind of refusal this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidInput { .. } | Self::KeyInvalid { .. } => ErrorKind::Invalid,
            Self::Unauthenticated => ErrorKind::Unauthenticated,
            Self::Forbidden { .. } => ErrorKind::Forbidden,
            Self::IssuerNotFound { .. }
            | Self::KeyNotFound { .. }
            | Self::RotationNotFound
            | Self::ApiTokenNotFound { .. } => ErrorKind::NotFound,
            Self::KeyExists { .. }
            | Self::WrongKeyState { .. }
            | Self::NotYetConfirmed { .. }
            | Self::RetireWindowOpen { .. }
            | Self::ActiveKeyNeedsEmergency { .. }
            | Self::PrivateKeyMissing { .. }
            | Self::RotationInProgress { .. }
            | Self::ConfirmationMismatch
            | Self::KvNotConfigured => ErrorKind::Conflict,
            Self::ClockWentBack { .. }
            | Self::PushFailed { .. }
            | Self::NotInitialised { .. }
            | Self::DataFolder { .. }
            | Self::MasterKey { .. }
            | Self::StoreBusy => ErrorKind::Unavailable,
            Self::KeySetRefused { .. } | Self::StoreFailed { .. } | Self::Internal { .. } => {
                ErrorKind::Internal
            }
        }
    }

    /// What to do about it, where the message itself does not say it.
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::InvalidInput { .. } | Self::KeyInvalid { .. } | Self::Forbidden { .. } => None,
            Self::Unauthenticated => {
                Some("sign in again, or make an API token with `keystile api-token create`")
            }
            Self::IssuerNotFound { .. } => Some("`keystile status` lists the issuers"),
            Self::KeyNotFound { .. } => Some("`keystile keys list` shows the keys"),
            Self::RotationNotFound => Some("start one with `keystile rotate`"),
            Self::ApiTokenNotFound { .. } => Some("`keystile api-token list` shows the tokens"),
            Self::KeyExists { .. } => Some("make or import another key; a key that left never comes back"),
            Self::WrongKeyState { .. } => Some("`keystile keys list` shows the state of each key"),
            Self::NotYetConfirmed { .. } => Some("wait, or override with a reason, which is audited"),
            Self::RetireWindowOpen { .. } => {
                Some("wait until then, or revoke the key if its tokens must not be believed")
            }
            Self::ActiveKeyNeedsEmergency { .. } => {
                Some("`keystile emergency` replaces and revokes it in one action")
            }
            Self::PrivateKeyMissing { .. } => {
                Some("activate a key that the server made, or import both halves")
            }
            Self::RotationInProgress { .. } => Some("wait for it, or cancel it"),
            Self::ConfirmationMismatch => Some("give the first 8 characters of the active key's kid"),
            Self::ClockWentBack { .. } => Some("set this machine's clock right"),
            Self::KvNotConfigured => {
                Some("set KEYSTILE__KV__ACCOUNT_ID, KEYSTILE__KV__NAMESPACE_ID and KEYSTILE__KV__API_TOKEN")
            }
            Self::PushFailed { .. } => Some("the push stays in the outbox and is tried again"),
            Self::NotInitialised { .. } => {
                Some("run `keystile init`, or name the right folder with `--data`")
            }
            Self::DataFolder { .. } => Some("give the server a folder that it alone may read and write"),
            Self::MasterKey { .. } => {
                Some("set KEYSTILE__MASTER_KEY to the key this data was sealed with, or put master.key back")
            }
            Self::StoreBusy => Some("another process is writing: try again"),
            Self::KeySetRefused { .. } | Self::StoreFailed { .. } | Self::Internal { .. } => {
                Some("nothing was changed; report it with the request id if it comes back")
            }
        }
    }

    /// From when on the same request would be granted, where that is known.
    pub const fn safe_at(&self) -> Option<Timestamp> {
        match self {
            Self::NotYetConfirmed { safe_at, .. } => *safe_at,
            Self::RetireWindowOpen { safe_at, .. } => Some(*safe_at),
            _ => None,
        }
    }
}
