//! The key set as the world sees it: public, so no actor is asked for.

use serde_json::{Value, json};

use super::{Keystile, OperationError};
use crate::domain::{IssuerId, PublicJwk, Timestamp};

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
    let mut snapshot = keystile.store.read().await?;
    let not_found = || OperationError::IssuerNotFound { issuer: issuer.to_string() };
    let policy = snapshot.issuer(issuer).await?.ok_or_else(not_found)?.policy;
    let set = snapshot.current_key_set(issuer).await?.ok_or_else(not_found)?;
    Ok(CurrentKeySet {
        document: set.document,
        version: set.stamp.version,
        expires_at: set.stamp.expires_at,
        refresh_secs: policy.propagation.refresh_secs,
    })
}

/// The same keys as a plain JWK Set, for verifiers of other makes, and the seconds it may be cached.
pub async fn jwks(keystile: &Keystile, issuer: &IssuerId) -> Result<(String, u64), OperationError> {
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let keys: Vec<_> = state.ring.published().iter().map(|key| PublicJwk::of(&key.facts().public)).collect();
    Ok((json!({ "keys": keys }).to_string(), state.issuer.policy.propagation.refresh_secs))
}

/// The public root keys as a JWK Set, to be pinned at the edge.
pub async fn roots(keystile: &Keystile) -> Result<Value, OperationError> {
    let keys = keystile.store.read().await?.root_keys().await?;
    Ok(json!({ "keys": keys.iter().map(PublicJwk::of).collect::<Vec<_>>() }))
}
