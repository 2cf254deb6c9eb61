use super::OperationError;
use crate::domain::{ApprovalError, TransitionError};
use crate::oidc::SignInError;

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
    /// It does not say from which state it starts (428).
    Unconditional,
    /// It was changed since it was read (412).
    Stale,
    /// The request contradicts an earlier one (422).
    Contradictory,
    /// Too much was asked in too short a time (429).
    TooMany,
    /// It may succeed later, or after somebody acts (503).
    Unavailable,
    /// The server is at fault (500).
    Internal,
}

impl OperationError {
    /// What kind of refusal this is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidInput { .. } | Self::KeyInvalid { .. } | Self::DelegationRefused { .. } => {
                ErrorKind::Invalid
            }
            Self::Passkey(refusal) => refusal.kind(),
            Self::Unauthenticated | Self::InvitationUnknown => ErrorKind::Unauthenticated,
            Self::Forbidden { .. }
            | Self::ApprovalRequired { .. }
            | Self::Approval(ApprovalError::OwnRequest | ApprovalError::OfAnother { .. }) => {
                ErrorKind::Forbidden
            }
            Self::IssuerNotFound { .. }
            | Self::Transition(TransitionError::UnknownKey { .. })
            | Self::RotationNotFound
            | Self::RootNotFound { .. }
            | Self::WebhookNotFound { .. }
            | Self::SessionNotFound { .. }
            | Self::ApprovalNotFound { .. }
            | Self::LegalHoldNotFound { .. }
            | Self::UserNotFound { .. }
            | Self::ApiTokenNotFound { .. } => ErrorKind::NotFound,
            Self::Transition(_)
            | Self::RotationInProgress { .. }
            | Self::ApprovalNotRequired { .. }
            | Self::UserExists { .. }
            | Self::TooManyUsers { .. }
            | Self::TooManyApprovals { .. }
            | Self::TooManyLegalHolds { .. }
            | Self::NothingToReview { .. }
            | Self::Approval(_)
            | Self::ConfirmationMismatch
            | Self::RootInUse { .. }
            | Self::RootNotPinned(_)
            | Self::NothingToOvertake
            | Self::ActiveKeyRevokedElsewhere { .. }
            | Self::FilterLost { .. }
            | Self::GenerationBelowStore { .. }
            | Self::ImportInProgress
            | Self::TooManyEpochs
            | Self::TooManyWebhooks { .. }
            | Self::TooManyRevocations
            | Self::AuditBroken { .. }
            | Self::IdempotencyInFlight
            | Self::IdempotencyAnswerLost
            | Self::KvNotConfigured => ErrorKind::Conflict,
            Self::SignIn(error) => match error {
                SignInError::NotConfigured => ErrorKind::NotFound,
                SignInError::Unavailable { .. } | SignInError::Unusable(_) => ErrorKind::Unavailable,
                SignInError::TooMany => ErrorKind::TooMany,
                _ => ErrorKind::Forbidden,
            },
            Self::PreconditionRequired => ErrorKind::Unconditional,
            Self::PreconditionFailed => ErrorKind::Stale,
            Self::IdempotencyKeyReused => ErrorKind::Contradictory,
            Self::TooManyIdempotencyKeys | Self::TooManySignIns => ErrorKind::TooMany,
            Self::ClockWentBack { .. }
            | Self::ClockDisagrees { .. }
            | Self::VersionAheadOfClock { .. }
            | Self::NoSetSigner
            | Self::StoreUnreadable { .. }
            | Self::PushFailed { .. }
            | Self::NotInitialised { .. }
            | Self::DataFolder { .. }
            | Self::MasterKey { .. }
            | Self::DatabaseUnreachable { .. }
            | Self::DiskFull { .. }
            | Self::DiskFailed { .. }
            | Self::Moved(_)
            | Self::StoreBusy => ErrorKind::Unavailable,
            Self::KeySetRefused { .. } | Self::StoreFailed { .. } | Self::Internal { .. } => {
                ErrorKind::Internal
            }
        }
    }
}
