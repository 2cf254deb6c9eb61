//! Reading and checking the audit log.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::domain::{Actor, Timestamp};

/// One entry.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AuditEntryView {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What was done, such as `key.activated`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// The issuer concerned.
    pub issuer: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The state before.
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    /// The state after.
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// The request within which it happened.
    pub request_id: Option<String>,
    /// The hash of this entry and, through the chain, of all before it: hex of SHA-256.
    pub hash: String,
}

/// Whether the chain holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChainView {
    /// Whether every entry is the one that was written.
    pub ok: bool,
    /// How many entries were checked.
    pub entries: u64,
    /// The hash of the last one: keep it elsewhere, and a cut tail shows too.
    pub head: Option<String>,
    /// The first entry that does not fit.
    pub first_broken_seq: Option<u64>,
}

/// The newest entries below `before`, newest first; at most `limit`, and at most 1000.
pub async fn list(
    keystile: &Keystile,
    actor: &Actor,
    limit: u32,
    before: Option<u64>,
) -> Result<Vec<AuditEntryView>, OperationError> {
    let _ = (keystile, actor, limit, before);
    Err(super::unwritten())
}

/// Computes the chain again from the first entry.
pub async fn verify(keystile: &Keystile, actor: &Actor) -> Result<ChainView, OperationError> {
    let _ = (keystile, actor);
    Err(super::unwritten())
}
