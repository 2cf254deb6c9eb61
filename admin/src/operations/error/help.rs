//! What to do about each refusal.

use super::OperationError;

impl OperationError {
    /// What to do about it, where the message itself does not say it.
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::InvalidInput { .. } | Self::KeyInvalid { .. } | Self::Forbidden { .. } => None,
            Self::Unauthenticated => {
                Some("sign in again, or make an API token with `keystile api-token create`")
            }
            Self::IssuerNotFound { .. } => Some("`keystile status` lists the issuers"),
            Self::Transition(error) => Some(error.help()),
            Self::RotationNotFound => Some("start one with `keystile rotate`"),
            Self::ApiTokenNotFound { .. } => Some("`keystile api-token list` shows the tokens"),
            Self::WebhookNotFound { .. } => Some("`keystile webhooks list` shows them"),
            Self::TooManyWebhooks { .. } => Some("remove one that nobody needs any more"),
            Self::SessionNotFound { .. } => Some("`keystile session list` shows those that are open"),
            Self::UserNotFound { .. } => Some("`keystile user list` shows everybody"),
            Self::UserExists { .. } => Some("choose another name, or `keystile user invite` them again"),
            Self::TooManyUsers { .. } => Some("give programs API tokens, and people names"),
            Self::InvitationUnknown => Some("have an administrator invite you again"),
            Self::Passkey(refusal) => refusal.help(),
            Self::TooManySignIns => Some("try again in a few seconds"),
            Self::ApprovalRequired { .. } => Some(
                "ask with `--ask` or `POST /v1/approvals`, and do it again with the id (`--approval`, or the header \
                 `Keystile-Approval`); where nobody answers, `--break-glass` says why you go on alone",
            ),
            Self::ApprovalNotRequired { .. } => None,
            Self::ApprovalNotFound { .. } => Some("`keystile approvals list` shows them"),
            Self::LegalHoldNotFound { .. } => Some("`keystile audit hold list` shows them"),
            Self::TooManyLegalHolds { .. } => {
                Some("let one hold cover what several do, by an earlier beginning and a later end")
            }
            Self::TooManyApprovals { .. } => Some("have some of them answered: `keystile approvals list`"),
            Self::NothingToReview { .. } => {
                Some("`keystile approvals list` shows where the glass was broken")
            }
            Self::Approval(error) => Some(error.help()),
            Self::RotationInProgress { .. } => Some("wait for it, or cancel it"),
            Self::ImportInProgress => Some("wait until it is done, or a minute if it has died"),
            Self::TooManyEpochs | Self::TooManyRevocations => {
                Some("raise the epoch of everything, or wait until some have run out")
            }
            Self::ConfirmationMismatch => Some("give the first 8 characters of the active key's kid"),
            Self::ClockWentBack { .. } => Some("set this machine's clock right"),
            Self::ClockDisagrees { .. } => Some(
                "set this machine's clock by NTP; where the store's is the wrong one, KEYSTILE__CLOCK_CHECK=false goes on without",
            ),
            Self::RootNotFound { .. } => Some("`keystile root list` shows the roots"),
            Self::RootInUse { .. } => Some("install a delegation of another root first"),
            Self::RootNotPinned(_) => {
                Some("pin it at every edge first (ROOT_KEYS), or override with a reason, which is audited")
            }
            Self::DelegationRefused { .. } => {
                Some("have an announced root sign what `keystile root request` prints now")
            }
            Self::NoSetSigner => {
                Some("have an offline root sign what `keystile root request` prints, and install that")
            }
            Self::VersionAheadOfClock { .. } => Some("try again in a moment, and check this machine's clock"),
            Self::NothingToOvertake => Some("`keystile status` shows whether the key set is pushed"),
            Self::ActiveKeyRevokedElsewhere { .. } => {
                Some("declare an emergency, which puts another key in its place, and overtake then")
            }
            Self::FilterLost { .. } => Some(
                "put it back, or raise the epoch of everything, which refuses every token so far, and overtake then",
            ),
            Self::GenerationBelowStore { .. } => Some(
                "have an offline root sign what `keystile root request --above` prints for that generation",
            ),
            Self::PreconditionRequired => Some("read it first, and send its `ETag` back as `If-Match`"),
            Self::PreconditionFailed => Some("read it again, and make the change to what it is now"),
            Self::IdempotencyKeyReused => Some("make a new key for every new request"),
            Self::IdempotencyInFlight => Some("send it again in a second"),
            Self::IdempotencyAnswerLost => Some("read what it changed; the audit log says what it did"),
            Self::TooManyIdempotencyKeys => {
                Some("each is remembered for a day: use one for what must not happen twice")
            }
            Self::StoreUnreadable { .. } => None,
            Self::KvNotConfigured => {
                Some("set KEYSTILE__KV__ACCOUNT_ID, KEYSTILE__KV__NAMESPACE_ID and KEYSTILE__KV__API_TOKEN")
            }
            Self::PushFailed { .. } => Some("the push stays in the outbox and is tried again"),
            Self::NotInitialised { .. } => {
                Some("run `keystile init`, or name the right folder with `--data`")
            }
            Self::DataFolder { .. } => Some("give the server a folder that it alone may read and write"),
            Self::MasterKey { .. } => Some(
                "put the master key back: master.key, KEYSTILE__MASTER_KEY, or access to what KEYSTILE__MASTER_KEY_FROM names; the server goes on by itself",
            ),
            Self::DatabaseUnreachable { .. } => Some(
                "see that PostgreSQL runs where KEYSTILE__DATABASE__URL says; the server goes on by itself when it answers",
            ),
            Self::SignIn(error) => Some(error.help()),
            Self::DiskFull { .. } => Some("make room there; the server goes on by itself"),
            Self::DiskFailed { .. } => Some(
                "see what the system says of the disk, mount one that can be written, and start the server again",
            ),
            Self::Moved(_) => Some("start the server with the database it has moved to"),
            Self::StoreBusy => Some("another process is writing: try again"),
            Self::AuditBroken { .. } => {
                Some("find out who changed the database, and restore it from a backup that holds")
            }
            Self::KeySetRefused { .. } | Self::StoreFailed { .. } | Self::Internal { .. } => {
                Some("nothing was changed; report it with the request id if it comes back")
            }
        }
    }
}
