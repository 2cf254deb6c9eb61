//! What the edge tells the server, and what the server makes of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;

use super::{EdgeView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId};

/// One report of one instance. Counters are cumulative since the instance started.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EdgeReport {
    /// Where the instance runs.
    pub region: String,
    /// Which instance it is.
    pub instance: String,
    /// The version it judges with; null if it has no key set.
    pub version: Option<u64>,
    /// How old that set is at the instance.
    #[serde(default)]
    pub key_set_age_seconds: Option<u64>,
    /// What it has counted.
    #[serde(default)]
    pub counters: EdgeCounters,
    /// When it last saw a token of each key (NumericDate).
    #[serde(default)]
    pub last_seen_kids: BTreeMap<String, u64>,
}

/// What an instance counts.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct EdgeCounters {
    /// Tokens accepted.
    pub accepted: u64,
    /// Requests refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Tokens accepted, by the key that verified them.
    pub by_kid: BTreeMap<String, u64>,
    /// Tokens refused because their key is unknown.
    pub unknown_kid: u64,
}

/// Records a report.
pub async fn record_report(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    report: EdgeReport,
) -> Result<(), OperationError> {
    let _ = (keystile, actor, issuer, report);
    Err(super::unwritten())
}

/// Every region, and whether it has the current version.
pub async fn view(keystile: &Keystile, actor: &Actor, issuer: &IssuerId) -> Result<EdgeView, OperationError> {
    let _ = (keystile, actor, issuer);
    Err(super::unwritten())
}
