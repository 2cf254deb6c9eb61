//! The stable code of each refusal.

use super::OperationError;
use crate::domain::Timestamp;

impl OperationError {
    /// The stable code of this refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "invalid_input",
            Self::KeyInvalid { .. } => "key_invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::IssuerNotFound { .. } => "issuer_not_found",
            Self::Transition(error) => error.code(),
            Self::RotationNotFound => "rotation_not_found",
            Self::ApiTokenNotFound { .. } => "api_token_not_found",
            Self::WebhookNotFound { .. } => "webhook_not_found",
            Self::TooManyWebhooks { .. } => "too_many_webhooks",
            Self::SessionNotFound { .. } => "session_not_found",
            Self::UserNotFound { .. } => "user_not_found",
            Self::UserExists { .. } => "user_exists",
            Self::TooManyUsers { .. } => "too_many_users",
            Self::InvitationUnknown => "invitation_unknown",
            Self::TooManySignIns => "too_many_sign_ins",
            Self::Passkey(refusal) => refusal.code(),
            Self::ApprovalRequired { .. } => "approval_required",
            Self::ApprovalNotRequired { .. } => "approval_not_required",
            Self::ApprovalNotFound { .. } => "approval_not_found",
            Self::TooManyApprovals { .. } => "too_many_approvals",
            Self::NothingToReview { .. } => "nothing_to_review",
            Self::Approval(error) => error.code(),
            Self::RotationInProgress { .. } => "rotation_in_progress",
            Self::ImportInProgress => "import_in_progress",
            Self::TooManyEpochs => "too_many_epochs",
            Self::TooManyRevocations => "too_many_revocations",
            Self::ConfirmationMismatch => "confirmation_mismatch",
            Self::ClockWentBack { .. } => "clock_went_back",
            Self::ClockDisagrees { .. } => "clock_disagrees",
            Self::RootNotFound { .. } => "root_not_found",
            Self::RootInUse { .. } => "root_in_use",
            Self::RootNotPinned(_) => "root_not_pinned",
            Self::DelegationRefused { .. } => "delegation_refused",
            Self::NoSetSigner => "no_set_signer",
            Self::VersionAheadOfClock { .. } => "version_ahead_of_clock",
            Self::NothingToOvertake => "nothing_to_overtake",
            Self::ActiveKeyRevokedElsewhere { .. } => "active_key_revoked_elsewhere",
            Self::FilterLost { .. } => "filter_lost",
            Self::GenerationBelowStore { .. } => "generation_below_store",
            Self::StoreUnreadable { .. } => "store_unreadable",
            Self::KeySetRefused { .. } => "key_set_refused",
            Self::PreconditionRequired => "precondition_required",
            Self::PreconditionFailed => "precondition_failed",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::IdempotencyInFlight => "idempotency_in_flight",
            Self::IdempotencyAnswerLost => "idempotency_answer_lost",
            Self::TooManyIdempotencyKeys => "too_many_idempotency_keys",
            Self::KvNotConfigured => "kv_not_configured",
            Self::PushFailed { .. } => "push_failed",
            Self::NotInitialised { .. } => "not_initialised",
            Self::DataFolder { .. } => "data_folder_unusable",
            Self::MasterKey { .. } => "master_key_unusable",
            Self::DatabaseUnreachable { .. } => "database_unreachable",
            Self::SignIn(error) => error.code(),
            Self::Moved(_) => "installation_moved",
            Self::DiskFull { .. } => "disk_full",
            Self::DiskFailed { .. } => "disk_failed",
            Self::StoreBusy => "store_busy",
            Self::StoreFailed { .. } => "store_failed",
            Self::AuditBroken { .. } => "audit_broken",
            Self::LegalHoldNotFound { .. } => "legal_hold_not_found",
            Self::TooManyLegalHolds { .. } => "too_many_legal_holds",
            Self::Internal { .. } => "internal",
        }
    }

    /// From when on the same request would be granted, where that is known.
    pub const fn safe_at(&self) -> Option<Timestamp> {
        match self {
            Self::Transition(error) => error.safe_at(),
            _ => None,
        }
    }
}
