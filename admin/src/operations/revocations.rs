//! Tokens and sessions refused by name until they would have expired anyway.

use keystile_validator::{Limits, RevokedClaim};
use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;

use super::amendment::Amendment;
use super::{Keystile, OperationError, filters, reason};
use crate::audit::Action;
use crate::domain::{
    Actor, IssuerId, LISTED_BYTES, LISTED_MOST, LONGEST_VALUE, Permission, PublishedRevocations,
    RevocationFilter, Timestamp, Unfiltered, fits_document, listed_bytes,
};
use crate::store::Snapshot;
use crate::telemetry::SPANS;

pub use super::revocation_status::{FilterView, RevocationStatus, status};

/// How many values one request may revoke. With those of 256 bytes it has 2.6 MB, and with UUIDs 390 KB.
pub const MOST_AT_ONCE: usize = 10_000;

/// What is to be revoked.
#[derive(Debug, Clone)]
pub struct RevocationOrder {
    /// The claim whose values are given.
    pub claim: RevokedClaim,
    /// The values.
    pub values: Vec<String>,
    /// When the last token that this is about expires; left out, as late as any that is out there can.
    pub expires_at: Option<Timestamp>,
    /// Why, for the audit log.
    pub reason: String,
}

/// What a request to revoke has done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RevocationView {
    /// `jti` or `sid`.
    #[schema(value_type = String, example = "jti")]
    pub claim: &'static str,
    /// How many values were given.
    pub given: u64,
    /// How many of them were not revoked before, or not for so long.
    pub added: u64,
    /// Until when they are refused; the leeway of verifiers is added to when they expire.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// The version of the key set that says so; absent while they wait for the filter that they will stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// Revokes values of one claim. Those that are revoked already stay so, and for as long as anybody asked.
///
/// Up to 2,000 stand in the key set document, and are published together with the audit entry in one transaction. More
/// are kept and published a moment later, in a filter: at once by this call, or by the server if the process dies.
#[instrument(name = "revocations.revoke", target = SPANS, skip_all)]
pub async fn revoke(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: RevocationOrder,
) -> Result<RevocationView, OperationError> {
    let mut view = keep(keystile, actor, issuer, order, true).await?;
    if view.version.is_none() {
        view.version = filters::fold(keystile, issuer).await?;
    }
    Ok(view)
}

/// The same for a part of something larger, which stays unpublished.
pub(super) async fn revoke_part(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: RevocationOrder,
) -> Result<RevocationView, OperationError> {
    keep(keystile, actor, issuer, order, false).await
}

/// Publishes the parts that there were, where nothing is left to be revoked.
pub(super) async fn publish(
    keystile: &Keystile,
    issuer: &IssuerId,
    order: RevocationOrder,
) -> Result<RevocationView, OperationError> {
    let version = filters::fold(keystile, issuer).await?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let until = until(&state, order.expires_at, keystile.now())?;
    Ok(RevocationView { claim: order.claim.as_str(), given: 0, added: 0, until, version })
}

/// What revoking them would do now. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: RevocationOrder,
) -> Result<RevocationView, OperationError> {
    // Dropped with the amendment, it never was.
    Ok(begin(keystile, actor, issuer, &order).await?.1)
}

async fn keep(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: RevocationOrder,
    is_last: bool,
) -> Result<RevocationView, OperationError> {
    let (mut amendment, mut view) = begin(keystile, actor, issuer, &order).await?;
    if view.added == 0 {
        return Ok(view);
    }
    let fits = is_last && fits(&mut amendment.change, issuer, amendment.now).await?;
    if !is_last {
        check_room(&mut amendment.change, issuer, amendment.now).await?;
    }
    let subject = match order.values.as_slice() {
        [one] => format!("{}={one}", view.claim),
        several => format!("{} values of {}", several.len(), view.claim),
    };
    let after = json!({ "added": view.added, "until": view.until });
    let reason = reason::required("reason", &order.reason)?;
    amendment.record(actor, Action::TokensRevoked, &subject, Some(&reason), None, Some(after)).await?;
    if fits {
        view.version = Some(amendment.publish().await?.current.version);
    } else {
        amendment.commit().await?;
    }
    Ok(view)
}

/// Everything but the end.
async fn begin<'k>(
    keystile: &'k Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: &RevocationOrder,
) -> Result<(Amendment<'k>, RevocationView), OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    reason::required("reason", &order.reason)?;
    check_values(&order.values)?;
    let mut amendment = keystile.amend(issuer).await?;
    let until = until(&amendment.state, order.expires_at, amendment.now)?;
    let added = amendment.change.revoke_values(issuer, order.claim, &order.values, until).await?;
    let (claim, given) = (order.claim.as_str(), order.values.len() as u64);
    Ok((amendment, RevocationView { claim, given, added, until, version: None }))
}

/// Whether everything that stands in no filter fits into the document. Refused where readers take no more.
async fn fits(snapshot: &mut Snapshot, issuer: &IssuerId, now: Timestamp) -> Result<bool, OperationError> {
    let standing = standing(snapshot, issuer, now).await?;
    standing.check_room()?;
    Ok(fits_document(&standing.unfiltered))
}

/// Returns `Ok` only if readers take this much. Counts only where the numbers alone do not show it: a part of a long list
/// would otherwise take as much work as all parts before it.
async fn check_room(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    now: Timestamp,
) -> Result<(), OperationError> {
    let filters = snapshot.filters(issuer).await?;
    let filtered: u64 = filters.iter().map(|filter| filter.count).sum();
    let all_filtered = RevokedClaim::ALL.into_iter().map(|claim| last_filtered(&filters, claim)).min();
    let unfiltered = snapshot.newest_revocation().await?.saturating_sub(all_filtered.unwrap_or(0));
    if filtered + unfiltered <= u64::from(Limits::MAX_FILTERED) {
        return Ok(());
    }
    standing(snapshot, issuer, now).await?.check_room()
}

fn check_values(values: &[String]) -> Result<(), OperationError> {
    let refused = |detail: String| Err(OperationError::InvalidInput { field: "values", detail });
    if !(1..=MOST_AT_ONCE).contains(&values.len()) {
        return refused(format!("give 1 to {MOST_AT_ONCE} values at a time, not {}", values.len()));
    }
    match values.iter().position(|value| !(1..=LONGEST_VALUE).contains(&value.len())) {
        Some(position) => refused(format!(
            "value {position}, counted from 0, has {} bytes: use 1 to {LONGEST_VALUE}",
            values.get(position).map_or(0, String::len),
        )),
        None => Ok(()),
    }
}

/// As long as the longest-lived token can still be believed somewhere.
fn until(
    state: &crate::domain::IssuerState,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, OperationError> {
    let expires_at = expires_at.unwrap_or(now.plus(state.longest_token_lifetime_secs()));
    let until = expires_at.plus(state.issuer.policy.leeway_secs);
    if until <= now {
        let detail = format!("`{expires_at}` is past: a token that has expired need not be revoked");
        return Err(OperationError::InvalidInput { field: "expires_at", detail });
    }
    Ok(until)
}

/// Where everything that is revoked by name stands.
pub(super) struct Standing {
    /// The filters, oldest first.
    pub(super) filters: Vec<RevocationFilter>,
    /// The rest, in the order of [`RevokedClaim::ALL`].
    pub(super) unfiltered: [Unfiltered; RevokedClaim::ALL.len()],
}

impl Standing {
    /// The filters and the rest of one claim.
    pub(super) fn of(&self, claim: RevokedClaim) -> (impl Iterator<Item = &RevocationFilter>, Unfiltered) {
        let rest = RevokedClaim::ALL.iter().zip(self.unfiltered).find(|(known, _)| **known == claim);
        let filters = self.filters.iter().filter(move |filter| filter.claim == claim);
        (filters, rest.map(|(_, rest)| rest).unwrap_or_default())
    }

    pub(super) fn filtered(&self) -> u64 {
        self.filters.iter().map(|filter| filter.count).sum()
    }

    /// Readers hold no more than so much. What is over it is refused here, and not by all of them at once.
    fn check_room(&self) -> Result<(), OperationError> {
        let count = self.filtered() + self.unfiltered.iter().map(|list| list.count).sum::<u64>();
        let most = u64::from(Limits::MAX_FILTERED);
        if count > most { Err(OperationError::TooManyRevocations) } else { Ok(()) }
    }
}

/// Where everything that is revoked by name stands at `now`.
pub(super) async fn standing(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    now: Timestamp,
) -> Result<Standing, OperationError> {
    let filters = snapshot.filters(issuer).await?;
    let mut unfiltered = [Unfiltered::default(); RevokedClaim::ALL.len()];
    for (claim, list) in RevokedClaim::ALL.into_iter().zip(&mut unfiltered) {
        *list = snapshot.unfiltered(issuer, claim, last_filtered(&filters, claim), now).await?;
    }
    Ok(Standing { filters, unfiltered })
}

/// What the next key set says: the oldest that stand in no filter, as many as there is room for, and the filters.
pub(super) async fn published(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    now: Timestamp,
) -> Result<PublishedRevocations, OperationError> {
    let filters = snapshot.filters(issuer).await?;
    let mut unlisted = Vec::new();
    for claim in RevokedClaim::ALL {
        let last = last_filtered(&filters, claim);
        let values = snapshot.unfiltered_values(issuer, claim, last, now, LISTED_MOST).await?;
        unlisted.extend(values.into_iter().map(|(number, value)| (number, claim, value)));
    }
    unlisted.sort_unstable_by_key(|(number, ..)| *number);

    let mut published = PublishedRevocations {
        last: filters.iter().map(|filter| filter.last).max().unwrap_or(0),
        filters,
        ..PublishedRevocations::default()
    };
    let mut bytes = 0;
    for (number, claim, value) in unlisted.into_iter().take(LISTED_MOST as usize) {
        bytes += listed_bytes(&value);
        if bytes > LISTED_BYTES {
            break;
        }
        published.last = published.last.max(number);
        match claim {
            RevokedClaim::TokenId => published.tokens.push(value),
            RevokedClaim::SessionId => published.sessions.push(value),
        }
    }
    Ok(published)
}

/// The number up to which everything stands in a filter, and above which nothing does.
fn last_filtered(filters: &[RevocationFilter], claim: RevokedClaim) -> u64 {
    let of_claim = filters.iter().filter(|filter| filter.claim == claim);
    of_claim.map(|filter| filter.last).max().unwrap_or(0)
}
