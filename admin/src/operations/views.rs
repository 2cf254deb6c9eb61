//! What operations answer, in the very shape of the HTTP API and of the command line's `--json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;

use super::hand_off::HandOffStatus;
use super::{PolicyView, SetSignerView};
use crate::domain::{Audience, Timestamp};

/// A key, as it is shown to people and programs. There is no private member in it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeyView {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// `pending`, `active`, `retiring`, `retired` or `revoked`.
    #[schema(value_type = String, example = "active")]
    pub state: &'static str,
    /// The length of the modulus.
    pub bits: u32,
    /// `generated`, `adopted` or `imported`.
    #[schema(value_type = String, example = "generated")]
    pub source: &'static str,
    /// When the server came to know it.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When a set that contains it was pushed and read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Timestamp>,
    /// When every region had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmed_at: Option<Timestamp>,
    /// When it began to sign, most recently.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<Timestamp>,
    /// When its successor began to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub superseded_at: Option<Timestamp>,
    /// When it left the set in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub retired_at: Option<Timestamp>,
    /// Until when the private half of a retired key is kept for a rollback.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sealed_until: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// Why it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For a pending key: the instant after which it may sign even if nobody reports any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub safe_to_activate_at: Option<Timestamp>,
    /// For a pending or retiring key: whether it may sign now, and what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safe_to_activate: Option<Readiness>,
    /// For a retiring key: the end of its retire window.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub safe_to_remove_at: Option<Timestamp>,
    /// The longest life of any token issued with it.
    pub longest_token_lifetime_secs: u64,
    /// When a token of this key was last seen at any edge.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at_edge: Option<Timestamp>,
    /// How many tokens of this key were seen at all edges.
    pub seen_count: u64,
    /// How many of those did not name their key.
    pub seen_without_kid: u64,
    /// How many refused tokens named this key, at all edges, by code. Whoever makes a token can name any key.
    pub refused: BTreeMap<String, u64>,
    /// Whether the server holds the private half.
    pub has_private_key: bool,
    /// The public half as a JWK.
    #[schema(value_type = Object)]
    pub public_jwk: serde_json::Value,
    /// The public half in PEM (SPKI).
    pub public_pem: String,
}

/// Whether something may happen now, and what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Readiness {
    /// Whether it may happen now.
    pub ok: bool,
    /// What is missing, when it may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<String>,
}

/// An issuer and its policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IssuerView {
    /// The name in paths.
    pub id: String,
    /// The `iss` claim.
    pub issuer: String,
    /// The `aud` claim: a string, a list, or null.
    pub audience: Option<Audience>,
    /// Lifetimes and windows.
    pub policy: PolicyView,
}

/// How far a rotation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RotationStage {
    /// The set with the new key is not pushed and read back yet.
    Publishing,
    /// Regions are still without the new key.
    Confirming,
    /// Every region has the new key; it is about to sign.
    Activating,
    /// The new key signs; tokens of the old one may be in use.
    Retiring,
    /// The old key has left.
    Done,
    /// It was called off, or overtaken by an emergency or a rollback.
    Cancelled,
}

/// A rotation from one key to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RotationView {
    /// Its id.
    pub id: String,
    /// The key that becomes active.
    pub new_kid: String,
    /// The key that was active when it began.
    pub old_kid: String,
    /// How far it has come.
    pub stage: RotationStage,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// The first version that contains the new key.
    pub version: u64,
    /// Whether the server goes on by itself: not while it is paused.
    pub automatic: bool,
    /// Whether the schedule started it, whose window its activation then keeps to.
    pub scheduled: bool,
    /// Since when it is paused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub paused_at: Option<Timestamp>,
    /// Why it was started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// How far the answer to an emergency has spread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmergencyStatus {
    /// The key that was thrown out.
    pub revoked_kid: String,
    /// The key that signs in its place.
    pub new_kid: String,
    /// The first version that says so.
    pub version: u64,
    /// When it was declared.
    #[schema(value_type = String, format = DateTime)]
    pub declared_at: Timestamp,
    /// When the last region had it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub confirmed_at: Option<Timestamp>,
    /// The time from the command to the last region.
    pub seconds_to_last_region: Option<u64>,
    /// How many regions that report have it.
    pub regions_confirmed: usize,
    /// How many regions report.
    pub regions_reporting: usize,
    /// Those that do not have it.
    pub waiting_for: Vec<String>,
    /// The targets of the hand-off that do not hold the new key.
    pub not_handed_over: Vec<String>,
}

/// Where the current version stands on its way to the store of the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PushView {
    /// Whether the current version is not pushed and read back yet.
    pub pending: bool,
    /// How often pushing it was tried.
    pub attempts: u32,
    /// Why the last try failed, and what to do.
    pub last_error: Option<String>,
}

/// Whether the store of the edge holds what was pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StoreView {
    /// When it was last seen to hold it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub intact_at: Option<Timestamp>,
    /// How often it was found to hold something else.
    pub disturbances: u64,
    /// When it last was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disturbed_at: Option<Timestamp>,
    /// What it held then.
    pub found: Option<String>,
    /// When the server had put that right; null while it has not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub repaired_at: Option<Timestamp>,
}

/// What the edge reports, region by region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EdgeView {
    /// The current version.
    pub version: u64,
    /// Whether every region that reports has it, or the propagation bound has passed where none does.
    pub confirmed: bool,
    /// Each region that has ever reported.
    pub regions: Vec<RegionView>,
    /// The regions that are waited for.
    pub waiting_for: Vec<String>,
}

/// One region of the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegionView {
    /// Its name.
    pub region: String,
    /// The lowest version any of its live instances runs.
    pub version: Option<u64>,
    /// Whether that is the current version or higher.
    pub confirmed: bool,
    /// How many instances reported within the report window.
    pub instances: u32,
    /// When any of them last reported.
    #[schema(value_type = String, format = DateTime)]
    pub last_report_at: Timestamp,
    /// How old its oldest key set was then.
    pub key_set_age_seconds: u64,
    /// Whether it has been silent for longer than the report window, so that nobody waits for it.
    pub stale: bool,
    /// Refusals by code, since the first report.
    pub refused: BTreeMap<String, u64>,
    /// Tokens accepted, since the first report.
    pub accepted: u64,
    /// The kids of the root keys that every instance there has pinned; null if one does not say.
    pub roots: Option<BTreeSet<String>>,
}

/// Tokens that do not name their key, as those that were issued before Keystile moved in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WithoutKidView {
    /// How many were accepted at all edges.
    pub seen: u64,
    /// When the last of them was reported.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at: Option<Timestamp>,
    /// From when on none of them can be good, so that edges can demand a `kid`. Null while the key that signs is among
    /// those that verified them.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closable_at: Option<Timestamp>,
}

/// One issuer at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IssuerStatus {
    /// The name in paths.
    pub id: String,
    /// The `iss` claim.
    pub issuer: String,
    /// The key that signs.
    pub active_kid: String,
    /// The current version.
    pub version: u64,
    /// The highest version that was pushed and read back.
    pub pushed_version: Option<u64>,
    /// How the push of the current version stands.
    pub push: PushView,
    /// Whether the store of the edge holds it; null until somebody has looked, and where there is no store.
    pub store: Option<StoreView>,
    /// What signs its key sets.
    pub signer: SetSignerView,
    /// What the edge reports.
    pub edge: EdgeView,
    /// Where backends read their key, and what stands there.
    pub hand_off: Vec<HandOffStatus>,
    /// Tokens that do not name their key; null if none was ever seen.
    pub without_kid: Option<WithoutKidView>,
    /// The rotation that is under way.
    pub rotation: Option<RotationView>,
    /// When the schedule starts the next one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_rotation_at: Option<Timestamp>,
    /// The latest emergency, until every region knows.
    pub emergency: Option<EmergencyStatus>,
}

/// The whole server at a glance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StatusView {
    /// The version of this program.
    #[schema(value_type = String)]
    pub server_version: &'static str,
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Every issuer.
    pub issuers: Vec<IssuerStatus>,
}
