//! How revoking by name stands.

use keystile_validator::{Limits, RevokedClaim};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Keystile, OperationError, revocations};
use crate::domain::{Actor, IssuerId, Permission, Timestamp};

/// How revoking by name stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RevocationStatus {
    /// Revoked tokens (`jti`).
    pub tokens: u64,
    /// Revoked sessions (`sid`).
    pub sessions: u64,
    /// How many of both stand in the key set document itself.
    pub listed: u64,
    /// How many stand in filters beside it.
    pub filtered: u64,
    /// How many are not published yet, since they wait for a filter to be made.
    pub waiting: u64,
    /// How many more could be revoked by name.
    pub room: u64,
    /// When the next of them has expired anyway.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_expiry: Option<Timestamp>,
    /// The filters, oldest first.
    pub filters: Vec<FilterView>,
}

/// A filter beside the key set document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FilterView {
    /// `jti` or `sid`.
    #[schema(value_type = String, example = "jti")]
    pub claim: &'static str,
    /// The key of its value in the edge's store.
    pub name: String,
    /// How many entries it holds; some may have expired meanwhile.
    pub entries: u64,
    /// When the last of them has expired, and it goes.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// The bytes that every reader holds in memory.
    pub bytes: u64,
    /// The bytes of its exact lists, of which a reader asks one where the filter has a hit.
    pub list_bytes: u64,
}

/// How revoking by name stands.
pub async fn status(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<RevocationStatus, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    keystile.state(&mut snapshot, issuer).await?;
    let standing = revocations::standing(&mut snapshot, issuer, keystile.now()).await?;
    let published = revocations::published(&mut snapshot, issuer, keystile.now()).await?;
    let next_expiry = snapshot.next_revocation_end(issuer, keystile.now()).await?;
    let mut filters = Vec::new();
    for filter in &standing.filters {
        let (bytes, list_bytes) = snapshot.filter_bytes(issuer, &filter.name).await?;
        filters.push(FilterView {
            claim: filter.claim.as_str(),
            name: filter.name.clone(),
            entries: filter.count,
            ends_at: filter.ends_at,
            bytes,
            list_bytes,
        });
    }
    let of =
        |claim| standing.of(claim).1.count + standing.of(claim).0.map(|filter| filter.count).sum::<u64>();
    let listed = (published.tokens.len() + published.sessions.len()) as u64;
    let unfiltered: u64 = standing.unfiltered.iter().map(|list| list.count).sum();
    Ok(RevocationStatus {
        tokens: of(RevokedClaim::TokenId),
        sessions: of(RevokedClaim::SessionId),
        listed,
        filtered: standing.filtered(),
        waiting: unfiltered.saturating_sub(listed),
        room: u64::from(Limits::MAX_FILTERED).saturating_sub(standing.filtered() + unfiltered),
        next_expiry,
        filters,
    })
}
