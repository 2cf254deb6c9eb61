//! Emptying the outbox: each current key set is written to the edge's store, and read back.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Keystile, OperationError};

/// What one pass over the outbox did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Drained {
    /// What was pushed and read back.
    pub pushed: Vec<PushedSet>,
    /// What failed, stays, and is tried again.
    pub failed: Vec<FailedPush>,
}

/// One key set that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PushedSet {
    /// The issuer.
    pub issuer: String,
    /// The version.
    pub version: u64,
}

/// One key set that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailedPush {
    /// The issuer.
    pub issuer: String,
    /// The version.
    pub version: u64,
    /// What happened, and what to do.
    pub error: String,
}

/// Pushes what is due, and nothing that waits for its next try. What the running server does by itself.
pub async fn drain(keystile: &Keystile) -> Result<Drained, OperationError> {
    let _ = keystile;
    Err(super::unwritten())
}

/// Pushes what is in the outbox now, whether it is due or not. Refused with `kv_not_configured` without a namespace.
pub async fn publish_now(keystile: &Keystile) -> Result<Drained, OperationError> {
    let _ = keystile;
    Err(super::unwritten())
}
