//! What a key is, what may happen to it and when: pure, without a database, a network or a clock of its own.
//!
//! Time comes in as an argument. Nothing here names another module of this crate.

mod actor;
mod alerts;
mod approval;
mod approval_error;
mod clock;
mod emergency;
mod epochs;
mod hand_off;
mod hand_off_step;
mod issuer;
mod key;
mod key_facts;
mod key_ring;
mod key_set;
mod minting;
mod notification;
mod passkey;
mod permission;
mod plan;
mod policy;
mod principal;
mod propagation;
#[cfg(test)]
pub(crate) mod rehearsal;
mod retention;
mod revoked;
mod root;
mod rotation;
mod schedule;
mod scopes;
mod secret;
mod set_signing_key;
mod timestamp;
mod transition;
mod user;

pub use actor::{Actor, Forbidden, Role, UnknownRole};
pub use alerts::{
    Alert, AlertKind, Disturbance, Minute, Severity, TRAFFIC_SECS, Traffic, UnknownAlert, Watched,
    WatchedPush, alerts_of, is_over,
};
pub use approval::{Answer, Approval, ApprovalState, Ending, GOOD_SECS, Verdict, WAITS_SECS};
pub use approval_error::ApprovalError;
pub use clock::{Clock, ManualClock, SystemClock};
pub use emergency::Emergency;
pub use epochs::{Epochs, Scope};
pub use hand_off::{Attempt, HandOff, HandedOver, HeldKey, NotHandedOver};
pub use hand_off_step::HandOffStep;
pub use issuer::{Audience, InvalidIssuerId, Issuer, IssuerId};
pub use key::{Clearance, Key, KeyState};
pub use key_facts::{KeyFacts, KeySource};
pub use key_ring::{BrokenRing, KeyRing};
pub use key_set::{KeySetDocument, KeySetStamp, PublicJwk};
pub use minting::{MintingRules, OutsideRules};
pub use notification::{MOST_WAITING, TOLD_KEPT_SECS, is_dead, next_attempt};
pub use passkey::{ATTEMPT_SECS, AttemptKind, InvalidPasskeyName, MOST_PASSKEYS, PasskeyName};
pub use permission::{Permission, UnknownPermission};
pub use plan::{IssuerState, Step};
pub use policy::{InvalidPolicy, KeySize, Policy, Propagation, UnsupportedKeySize};
pub use principal::{Principal, UnknownPrincipal};
pub use propagation::{Confirmed, InstanceReport, LIVE_SECS, Region, Settled, Unconfirmed, confirm, regions};
pub use retention::{LONGEST_DAYS, LegalHold, Release, Retention, SHORTEST_DAYS};
pub use revoked::{
    Filtering, LISTED_BYTES, LISTED_MOST, LONGEST_VALUE, PublishedRevocations, RevocationFilter, Unfiltered,
    filtering, fits_document, listed_bytes,
};
pub use root::{NotPinned, Root, check_pinned};
pub use rotation::{Rotation, Stage};
pub use schedule::{CalendarWindow, InvalidWindow};
pub use scopes::Scopes;
pub use secret::{SecretBytes, SecretText};
pub use set_signing_key::{Delegated, SetSigningKey};
pub use timestamp::{InvalidInstant, Timestamp};
pub use transition::TransitionError;
pub use user::{
    INVITATION_SECS, InvalidUserName, NewPassword, ProviderIdentity, User, UserName, WeakPassword,
};
