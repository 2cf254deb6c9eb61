//! Every refusal of an operation, spelled once. Doors map it; they add no code of their own to it.

mod code;
mod help;
mod kind;
#[cfg(test)]
mod page;

pub use kind::ErrorKind;

use super::passkeys::PasskeyRefusal;
use crate::domain::{ApprovalError, NotPinned, Timestamp, TransitionError};
use crate::oidc::SignInError;

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
    /// No rotation is under way.
    #[error("no rotation is in progress")]
    RotationNotFound,
    /// There is no such API token.
    #[error("there is no API token `{id}`")]
    ApiTokenNotFound {
        /// The id asked for.
        id: String,
    },
    /// There is no such webhook.
    #[error("there is no webhook `{id}`")]
    WebhookNotFound {
        /// The id asked for.
        id: String,
    },
    /// There is no room for another webhook.
    #[error("there are {most} webhooks already")]
    TooManyWebhooks {
        /// How many there may be.
        most: usize,
    },
    /// There is no such session, or it is over.
    #[error("there is no open session `{id}`")]
    SessionNotFound {
        /// The id asked for.
        id: String,
    },
    /// There is no such user.
    #[error("there is no user `{name}`")]
    UserNotFound {
        /// The name asked for.
        name: String,
    },
    /// The name is somebody's, and the log names them by it.
    #[error("there is, or was, a user `{name}`")]
    UserExists {
        /// The name.
        name: String,
    },
    /// There is no room for another user.
    #[error("there are {most} users already")]
    TooManyUsers {
        /// How many there may be.
        most: usize,
    },
    /// It was used, taken back, or has run out; or it never was.
    #[error("the invitation is unknown, used or too old")]
    InvitationUnknown,
    /// Passwords are hashed a few at a time.
    #[error("too many people sign in at once")]
    TooManySignIns,
    /// It takes two people, and comes without another one's approval.
    #[error("this takes two people (`{deed}`): somebody else must approve it first")]
    ApprovalRequired {
        /// What it is called.
        deed: &'static str,
    },
    /// It takes one person, whose own decision it is.
    #[error("this takes one person (`{deed}`): do it")]
    ApprovalNotRequired {
        /// What it is called.
        deed: &'static str,
    },
    /// There is no such request.
    #[error("there is no request `{id}`")]
    ApprovalNotFound {
        /// The id asked for.
        id: String,
    },
    /// Nobody reads so many.
    #[error("{most} requests wait already")]
    TooManyApprovals {
        /// How many may wait.
        most: usize,
    },
    /// Nobody did it alone, or somebody has looked at it already.
    #[error("the request `{id}` has nothing that is to be looked at")]
    NothingToReview {
        /// The request.
        id: String,
    },
    /// An approval cannot be given, or does not count.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// A passkey cannot be made, used or removed.
    #[error(transparent)]
    Passkey(#[from] PasskeyRefusal),
    /// A key cannot change its state so.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// Another rotation has not got as far as its activation.
    #[error("a rotation to the key `{new_kid}` is in progress")]
    RotationInProgress {
        /// The key that is to become active.
        new_kid: String,
    },
    /// Another process takes a list of revocations in.
    #[error("another process is taking in a list of revocations")]
    ImportInProgress,
    /// There is no room for another epoch.
    #[error("there are too many epochs of single keys, subjects, sessions and clients")]
    TooManyEpochs,
    /// Readers take no more revoked tokens.
    #[error("more than ten million tokens and sessions would be revoked by name")]
    TooManyRevocations,
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
    /// The store of the edge says another time.
    #[error("the clock says {now}, but the store of the edge says {store}")]
    ClockDisagrees {
        /// What the clock says.
        now: Timestamp,
        /// What the store says.
        store: Timestamp,
    },
    /// There is no such root.
    #[error("there is no root `{kid}`")]
    RootNotFound {
        /// The kid asked for.
        kid: String,
    },
    /// Key sets are signed under it.
    #[error("the root `{kid}` vouches for the key sets of {issuers}")]
    RootInUse {
        /// The root.
        kid: String,
        /// The issuers.
        issuers: String,
    },
    /// Not every edge is known to believe the root.
    #[error("{0}")]
    RootNotPinned(NotPinned),
    /// A delegation that does not fit.
    #[error("the delegation cannot be used: {detail}")]
    DelegationRefused {
        /// What is wrong with it.
        detail: String,
    },
    /// No root is on this server, and no delegation is valid.
    #[error("nobody may sign key sets: no root is on this server, and no delegation is valid")]
    NoSetSigner,
    /// A version is at most the second of its signing, so that nobody can count ahead.
    #[error(
        "the next version is {version}, which a key set cannot have before its second has come, and it is {now}"
    )]
    VersionAheadOfClock {
        /// The version that would be next.
        version: u64,
        /// What the clock says.
        now: Timestamp,
    },
    /// The store holds no set that this database does not know.
    #[error("the store of the edge holds no key set above the one of this server")]
    NothingToOvertake,
    /// What the store holds says that the key which signs here was thrown out.
    #[error("the key set in the store says that the active key `{kid}` was revoked")]
    ActiveKeyRevokedElsewhere {
        /// The key.
        kid: String,
    },
    /// What the store's key set names is not in the store.
    #[error(
        "the key set in the store names `{name}`, which the store has lost: nobody knows what it revoked"
    )]
    FilterLost {
        /// The key of the value.
        name: String,
    },
    /// Readers that have seen the set in the store would take none of ours.
    #[error("the key set in the store is of generation {found}, and the delegation of this server of {ours}")]
    GenerationBelowStore {
        /// The generation of our delegation.
        ours: u64,
        /// The one in the store.
        found: u64,
    },
    /// The store did not answer.
    #[error("the store of the edge could not be read: {detail}")]
    StoreUnreadable {
        /// What happened, and what to do.
        detail: String,
    },
    /// The validator would refuse what was about to be published.
    #[error("the validator refuses the new key set: {detail}")]
    KeySetRefused {
        /// Its code and description.
        detail: String,
    },
    /// Nobody said from which state the change starts.
    #[error("the change does not say from which state it starts")]
    PreconditionRequired,
    /// It is not in the state from which the change starts.
    #[error("it was changed since you read it")]
    PreconditionFailed,
    /// The key came with another request before.
    #[error("the idempotency key came with another request before")]
    IdempotencyKeyReused,
    /// The first request with the key is not answered yet.
    #[error("the first request with this idempotency key is still at work")]
    IdempotencyInFlight,
    /// What the first request with the key was answered is not known.
    #[error("the first request with this idempotency key did its work, and its answer was lost")]
    IdempotencyAnswerLost,
    /// A caller uses more keys than are remembered.
    #[error("too many idempotency keys of one caller are remembered")]
    TooManyIdempotencyKeys,
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
    /// The server that holds the database does not let us in, or does not answer.
    #[error("{detail}")]
    DatabaseUnreachable {
        /// What happened, and what to do.
        detail: String,
    },
    /// Nobody is signed in with the identity provider.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// There is no room for what is to be written.
    #[error("{detail}")]
    DiskFull {
        /// What the database says.
        detail: String,
    },
    /// The disk lets nothing be read or written.
    #[error("{detail}")]
    DiskFailed {
        /// What the database says.
        detail: String,
    },
    /// The installation lives in another database now.
    #[error("this installation has moved to {0}")]
    Moved(String),
    /// Another process held the database for too long.
    #[error("the database is busy")]
    StoreBusy,
    /// The database failed.
    #[error("the database failed: {detail}")]
    StoreFailed {
        /// For the log and the command line; an HTTP answer says nothing of it.
        detail: String,
    },
    /// The audit log is not the one that was written, so nothing vouches for it any more.
    #[error("the audit log was changed at entry {seq}")]
    AuditBroken {
        /// The first entry that does not fit.
        seq: u64,
    },
    /// There is no such hold, or it was released.
    #[error("there is no legal hold `{id}` that stands")]
    LegalHoldNotFound {
        /// The id asked for.
        id: String,
    },
    /// More than anybody keeps in view.
    #[error("there are {most} legal holds already")]
    TooManyLegalHolds {
        /// How many there may be, released ones included.
        most: usize,
    },
    /// Something that should not happen did.
    #[error("{detail}")]
    Internal {
        /// For the log and the command line; an HTTP answer says nothing of it.
        detail: String,
    },
}
