//! The active key may be known to others: one action replaces it, revokes it and logs everybody out.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::domain::{Actor, IssuerId};

/// What an emergency is told.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// Why, for the audit log and the history in the key set.
    pub reason: String,
    /// The first 8 characters of the active key's kid.
    pub confirm: String,
}

/// What an emergency did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmergencyView {
    /// The key that signs now.
    pub new_kid: String,
    /// The key whose tokens are refused now.
    pub revoked_kid: String,
    /// The version that says so.
    pub version: u64,
    /// Tokens issued before this instant (NumericDate) are refused, whichever key signed them.
    pub epoch: u64,
}

/// Replaces and revokes the active key in one transaction, and asks for the push at once.
pub async fn emergency(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    emergency: Emergency,
) -> Result<EmergencyView, OperationError> {
    let _ = (keystile, actor, issuer, emergency);
    Err(super::unwritten())
}
