//! The key set as the world sees it: public, so no actor is asked for.

use super::{Keystile, OperationError};
use crate::domain::{IssuerId, Timestamp};

/// The current signed key set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentKeySet {
    /// The compact JWS.
    pub document: String,
    /// Its version, which serves as its ETag.
    pub version: u64,
    /// When it expires.
    pub expires_at: Timestamp,
    /// After how many seconds a reader looks again.
    pub refresh_secs: u64,
}

/// The current signed key set of an issuer.
pub async fn current(keystile: &Keystile, issuer: &IssuerId) -> Result<CurrentKeySet, OperationError> {
    let _ = (keystile, issuer);
    Err(super::unwritten())
}

/// The same keys as a plain JWK Set, for verifiers of other makes, and the seconds it may be cached.
pub async fn jwks(keystile: &Keystile, issuer: &IssuerId) -> Result<(String, u64), OperationError> {
    let _ = (keystile, issuer);
    Err(super::unwritten())
}

/// The public root keys as a JWK Set, to be pinned at the edge.
pub async fn roots(keystile: &Keystile) -> Result<serde_json::Value, OperationError> {
    let _ = keystile;
    Err(super::unwritten())
}
