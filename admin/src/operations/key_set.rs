//! The key set as the world sees it: public, so no actor is asked for.

use keystile_validator::{KeySetError, Limits, UnverifiedKeySet, copy_secs};
use serde_json::{Value, json};

use super::{Keystile, OperationError, keystile};
use crate::domain::{IssuerId, IssuerState, PublicJwk, Timestamp};

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
    /// For how many seconds a copy may be kept by whoever does not look again so often.
    pub copy_secs: u64,
}

/// The current signed key set of an issuer.
pub async fn current(keystile: &Keystile, issuer: &IssuerId) -> Result<CurrentKeySet, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let not_found = || OperationError::IssuerNotFound { issuer: issuer.to_string() };
    let set = snapshot.current_key_set(issuer).await?.ok_or_else(not_found)?;
    Ok(CurrentKeySet {
        document: set.document,
        version: set.stamp.version,
        expires_at: set.stamp.expires_at,
        refresh_secs: state.issuer.policy.propagation.refresh_secs,
        copy_secs: copy_secs_of(&state, keystile.now()),
    })
}

/// Returns `Ok` only if the validator believes the current key set under the roots that are known here.
pub(super) async fn check_believed(keystile: &Keystile, issuer: &IssuerId) -> Result<(), OperationError> {
    let refused = |error: KeySetError| OperationError::KeySetRefused { detail: error.to_string() };
    let current = current(keystile, issuer).await?;
    let roots = keystile::roots(&mut keystile.store.read().await?).await?;
    let unverified = UnverifiedKeySet::parse(current.document.as_bytes(), &Limits::default());
    unverified.and_then(|set| set.verify(&roots)).map(drop).map_err(refused)
}

/// A value that the key set names: a filter, or one of its lists. `None` if there is no such value, or no longer.
pub async fn value(
    keystile: &Keystile,
    issuer: &IssuerId,
    name: &str,
) -> Result<Option<Vec<u8>>, OperationError> {
    Ok(keystile.store.read().await?.filter_value(issuer, name).await?)
}

/// The same keys as a plain JWK Set, for verifiers of other makes, and the seconds for which a copy may be kept.
pub async fn jwks(keystile: &Keystile, issuer: &IssuerId) -> Result<(String, u64), OperationError> {
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let keys: Vec<_> = state.ring.published().iter().map(|key| PublicJwk::of(&key.facts().public)).collect();
    Ok((json!({ "keys": keys }).to_string(), copy_secs_of(&state, keystile.now())))
}

fn copy_secs_of(state: &IssuerState, now: Timestamp) -> u64 {
    let refresh = state.issuer.policy.propagation.refresh_secs;
    copy_secs(state.next_change(now).map(Into::into), refresh, now.into())
}

/// The public root keys as a JWK Set, to be pinned at the edge.
pub async fn roots(keystile: &Keystile) -> Result<Value, OperationError> {
    let roots = keystile::roots(&mut keystile.store.read().await?).await?;
    Ok(json!({ "keys": roots.keys().iter().map(PublicJwk::of).collect::<Vec<_>>() }))
}
