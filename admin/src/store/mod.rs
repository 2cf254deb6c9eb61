//! What is remembered, in SQLite or PostgreSQL. Nothing outside of this module knows the one from the other.
//!
//! A [`Snapshot`] reads one consistent state. A [`Change`] reads and writes, excludes every other writer from its first
//! moment on, and leaves either everything it did behind, by [`Change::commit`], or nothing.
//!
//! The recipe for a new table: a migration of the same number for each make, with the same columns (texts of PostgreSQL with
//! `COLLATE "C"`), and a file here with one `impl Snapshot` for its questions and one `impl Change` for its changes, both in
//! terms of the domain. Their SQL is written once for both: see `statement`. What differs is in `sqlite` and `postgres`.

mod alerts;
mod api_tokens;
mod approvals;
mod audit;
mod audit_bases;
mod audit_checkpoints;
mod copy;
mod database;
mod edge;
mod edge_hours;
mod edge_minutes;
mod emergencies;
mod epochs;
mod error;
mod filters;
mod hand_offs;
mod idempotency;
mod inspection;
mod issuers;
mod key_sets;
mod keys;
mod leases;
mod master_key;
mod migrations;
mod moved;
mod notifications;
mod outbox;
mod passkeys;
mod postgres;
mod retention;
mod revoked;
mod root_keys;
mod rotations;
mod row;
mod sealed;
mod sessions;
mod set_signing_keys;
mod spent_sign_ins;
mod sqlite;
mod statement;
mod store_watch;
mod users;
mod webhooks;

pub use alerts::StoredAlert;
pub use api_tokens::ApiToken;
pub use approvals::{Review, StoredApproval};
pub use audit::AuditLine;
pub use audit_bases::{AuditBase, StoredSubtrees};
pub use audit_checkpoints::StoredCheckpoint;
pub use copy::CopiedTable;
pub use database::{Change, Snapshot, Store};
pub use edge::{CounterSums, EdgeUpdate, KeyUse, REFUSED_BY_KID, StoredCounters};
pub use edge_hours::HourCount;
pub use edge_minutes::MinuteCount;
pub use error::StoreError;
pub use idempotency::StoredKey;
pub use key_sets::StoredKeySet;
pub use notifications::{Delivery, Notification};
pub use outbox::{PushOrder, PushState};
pub use passkeys::{PasskeyAttempt, StoredPasskey};
pub use sealed::{AUDIT_KEY, ROOT_KEY, SET_SIGNING_KEY, SealedSecret, TOKEN_KEY, WEBHOOK_SECRET};
pub use sessions::Session;
pub use store_watch::StoreWatch;
pub use users::{Invitation, StoredUser};
pub use webhooks::{Webhook, WebhookSecret};
