//! What can be asked of the server. Each door converts and delegates to one function here.
//!
//! Every function takes the [`Keystile`], the [`Actor`](crate::domain::Actor) who asks, and plain data. It checks what
//! the actor may do, and what changes state does so in one transaction together with its audit entry.

mod amendment;
mod causes;
mod chance;
mod error;
mod filters;
mod foreign_filters;
mod keystile;
mod lease;
mod leftovers;
mod mail;
mod plans;
mod policy_view;
mod present;
mod random;
mod reason;
mod revision;
mod revocation_status;
mod root_views;
mod user_view;
mod views;

pub mod access_review;
pub mod activate;
pub mod alerts;
pub mod api_tokens;
pub mod approvals;
pub mod audit_deletion;
pub mod audit_export;
pub mod audit_log;
pub mod backup;
pub mod checkpoints;
pub mod doctor;
pub mod drill;
pub mod edge;
pub mod edge_minutes;
pub mod emergency;
mod emergency_channel;
pub mod environment;
pub mod epochs;
pub mod evidence;
pub mod external_signer;
pub mod figures;
pub mod first_start;
pub mod gateway_policy;
pub mod hand_off;
pub mod idempotency;
pub mod issuers;
pub mod key_set;
pub mod keys;
pub mod legal_holds;
pub mod master_key;
pub mod master_key_watch;
pub mod migration;
pub mod notifications;
pub mod overtake;
pub mod passkeys;
pub mod provider_sign_in;
pub mod publication;
pub mod restore;
pub mod retention;
pub mod retire;
pub mod revocation_import;
pub mod revocations;
pub mod revoke;
pub mod rollback;
pub mod roots;
pub mod rotation;
pub mod scheduled_backups;
pub mod sessions;
pub mod set_signer;
pub mod status;
pub mod steward;
mod store_clock;
pub mod store_watch;
pub mod tokens;
pub mod users;
pub mod webhooks;

pub use chance::{Chance, SystemChance};
pub use error::{ErrorKind, OperationError};
pub use keystile::Keystile;
pub use plans::{KeyPlan, RotationPlan};
pub use policy_view::PolicyView;
pub use revision::{Precondition, Revision};
pub use root_views::{RootView, SetSignerKind, SetSignerView};
pub use views::{
    EdgeView, EmergencyStatus, IssuerStatus, IssuerView, KeyView, PushView, Readiness, RegionView,
    RotationStage, RotationView, StatusView, StoreView, WithoutKidView,
};
