//! The filters in which revocations stand that are too many for the document: made, brought to the edge's store before
//! the document that names them, and taken away once nobody can believe a document that does.

use std::cmp::Reverse;
use std::sync::atomic::Ordering;

use keystile_validator::{
    EntryDigest, Filter, FilterReference, KeySetError, RevokedClaim, Shard, ShardReference, WrittenFilter,
};
use serde_json::json;

use super::{Keystile, OperationError, revocations};
use crate::audit::Action;
use crate::domain::{Actor, Filtering, IssuerId, RevocationFilter, Timestamp, filtering, fits_document};
use crate::publish::{CloudflareKv, PublishError};
use crate::store::Snapshot;

/// Whoever revokes in parts has so long for the next; whoever has died is not waited for longer.
const TURN_SECS: u64 = 60;
/// How often what has run out is swept away.
const SWEEP_SECS: u64 = 3600;
/// How many entries are deleted in one transaction.
const SWEPT_AT_ONCE: u64 = 10_000;
/// How many lists of a filter are read back. Each is checked by its digest where it is used, so that these few are to
/// find a store that loses what it was given.
const READ_BACK: usize = 4;

/// Publishes what was revoked and is in no document yet, in filters as far as the document has no room for it. Returns
/// the version that says so, if there was anything to say.
pub(super) async fn fold(keystile: &Keystile, issuer: &IssuerId) -> Result<Option<u64>, OperationError> {
    let mut version = None;
    while let Some(step) = next_step(keystile, issuer).await? {
        // A change meanwhile, by another process, is looked at again.
        version = take(keystile, issuer, step).await?.or(version);
    }
    Ok(version)
}

/// The same for every issuer, unless somebody is in the middle of revoking in parts.
pub(super) async fn fold_all(keystile: &Keystile) -> Result<(), OperationError> {
    for issuer in keystile.store.read().await?.issuer_ids().await? {
        // Asked first, because what to do next is counted, and a long list that somebody takes in makes that slow.
        if !Turn::is_free(keystile, &issuer).await? || next_step(keystile, &issuer).await?.is_none() {
            continue;
        }
        if let Some(turn) = Turn::take(keystile, &issuer).await? {
            let folded = fold(keystile, &issuer).await;
            turn.end(keystile).await?;
            folded?;
        }
    }
    sweep(keystile).await
}

/// The right to leave revocations unpublished for a while: the others wait with making a filter of them.
pub(super) struct Turn {
    name: String,
    fence: u64,
}

impl Turn {
    fn name(issuer: &IssuerId) -> String {
        format!("revocations/{issuer}")
    }

    /// Whether nobody has the turn.
    async fn is_free(keystile: &Keystile, issuer: &IssuerId) -> Result<bool, OperationError> {
        let (now, mut snapshot) = (keystile.now(), keystile.store.read().await?);
        Ok(snapshot.is_lease_free(&Self::name(issuer), now, now.plus(TURN_SECS)).await?)
    }

    /// Takes the turn, unless another process has it.
    pub(super) async fn take(keystile: &Keystile, issuer: &IssuerId) -> Result<Option<Self>, OperationError> {
        let (now, name) = (keystile.now(), Self::name(issuer));
        let mut change = keystile.store.write().await?;
        let fence = change.take_lease(&name, &keystile.process, now, now.plus(TURN_SECS)).await?;
        change.commit().await?;
        Ok(fence.map(|fence| Self { name, fence }))
    }

    /// Prolongs it.
    pub(super) async fn keep(&self, keystile: &Keystile) -> Result<(), OperationError> {
        let mut change = keystile.store.write().await?;
        change.prolong_lease(&self.name, self.fence, keystile.now().plus(TURN_SECS)).await?;
        Ok(change.commit().await?)
    }

    /// Lets the others again.
    pub(super) async fn end(self, keystile: &Keystile) -> Result<(), OperationError> {
        let mut change = keystile.store.write().await?;
        change.release_lease(&self.name, self.fence).await?;
        Ok(change.commit().await?)
    }
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    Filter(RevokedClaim, Filtering),
    Publish,
}

async fn next_step(keystile: &Keystile, issuer: &IssuerId) -> Result<Option<Step>, OperationError> {
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let standing = revocations::standing(&mut snapshot, issuer, now).await?;
    let is_full = !fits_document(&standing.unfiltered);
    // The larger half first: what is left of the other may fit into the document, and small filters would become many.
    let mut claims = RevokedClaim::ALL;
    claims.sort_by_key(|claim| Reverse(standing.of(*claim).1.count));
    for claim in claims {
        let (filters, rest) = standing.of(claim);
        let filters: Vec<_> = filters.cloned().collect();
        if let Some(step) = filtering(&filters, rest, is_full, now) {
            return Ok(Some(Step::Filter(claim, step)));
        }
    }
    let published = snapshot.revoked_published(issuer).await?;
    let is_unsaid = standing.unfiltered.iter().any(|rest| rest.last > published);
    Ok(is_unsaid.then_some(Step::Publish))
}

async fn take(keystile: &Keystile, issuer: &IssuerId, step: Step) -> Result<Option<u64>, OperationError> {
    match step {
        Step::Publish => {
            let state = keystile.amend(issuer).await?.publish().await?;
            Ok(Some(state.current.version))
        }
        Step::Filter(_, Filtering::Drop { names }) => {
            let mut amendment = keystile.amend(issuer).await?;
            for name in &names {
                amendment.change.drop_filter(issuer, name).await?;
            }
            let before = Some(json!({ "filters": names }));
            amendment
                .record(&Actor::steward(), Action::RevocationsFiltered, issuer.as_str(), None, before, None)
                .await?;
            Ok(Some(amendment.publish().await?.current.version))
        }
        Step::Filter(claim, Filtering::Make { first, last, replaces }) => {
            make(keystile, issuer, claim, (first, last), &replaces).await
        }
    }
}

/// Makes a filter without holding up the others, and publishes it unless they were faster.
async fn make(
    keystile: &Keystile,
    issuer: &IssuerId,
    claim: RevokedClaim,
    (first, last): (u64, u64),
    replaces: &[String],
) -> Result<Option<u64>, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let (digests, ends_at) = snapshot.revoked_digests(issuer, claim, first..=last, keystile.now()).await?;
    drop(snapshot);
    let written = write(digests).await?;
    let filter = RevocationFilter {
        claim,
        name: name(issuer, &written.sha256),
        sha256: written.sha256,
        count: u64::from(written.count),
        first,
        last,
        ends_at,
    };
    let mut amendment = keystile.amend(issuer).await?;
    let present = amendment.change.filters(issuer).await?;
    let of_range = |filter: &&RevocationFilter| filter.claim == claim && filter.last >= first;
    if !present.iter().filter(of_range).map(|filter| &filter.name).eq(replaces.iter().rev()) {
        return Ok(None);
    }
    for name in replaces {
        amendment.change.drop_filter(issuer, name).await?;
    }
    amendment.change.add_filter(issuer, &filter, &written).await?;
    let before = Some(json!({ "filters": replaces }));
    let after = Some(json!({ "filter": filter.name, "claim": claim.as_str(), "entries": filter.count }));
    amendment
        .record(&Actor::steward(), Action::RevocationsFiltered, issuer.as_str(), None, before, after)
        .await?;
    Ok(Some(amendment.publish().await?.current.version))
}

/// Makes a filter, which takes a second for a million, beside the threads that serve requests.
pub(super) async fn write(digests: Vec<EntryDigest>) -> Result<WrittenFilter, OperationError> {
    let failed = |detail: String| OperationError::Internal { detail };
    tokio::task::spawn_blocking(move || WrittenFilter::new(digests))
        .await
        .map_err(|_| failed("making a filter was interrupted".to_owned()))?
        .map_err(|error| failed(error.to_string()))
}

/// A filter is called after its content, so that its value never changes.
pub(super) fn name(issuer: &IssuerId, sha256: &[u8; 32]) -> String {
    let hex: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("revoked/{issuer}/{hex}")
}

/// Brings the filters that the next document names to the edge's store, each with its lists, and reads them back in part.
pub(super) async fn push(
    keystile: &Keystile,
    kv: &CloudflareKv,
    issuer: &IssuerId,
) -> Result<Result<(), PublishError>, OperationError> {
    let names = keystile.store.read().await?.unpushed_filters(issuer, &keystile.target).await?;
    for name in names {
        let values = keystile.store.read().await?.filter_values(issuer, &name).await?;
        if let Err(error) = bring(kv, &values).await {
            return Ok(Err(error));
        }
        let mut change = keystile.store.write().await?;
        change.note_filter_pushed(issuer, &name, &keystile.target).await?;
        change.commit().await?;
        tracing::info!(%issuer, filter = name, values = values.len(), "filter brought to the store");
    }
    Ok(Ok(()))
}

async fn bring(kv: &CloudflareKv, values: &[(String, Vec<u8>)]) -> Result<(), PublishError> {
    kv.write_many(values).await?;
    // The filter itself, and some of its lists.
    let some = values.len().div_ceil(READ_BACK).max(1);
    for (place, value) in values.iter().step_by(some) {
        if kv.read(place).await?.as_ref() != Some(value) {
            return Err(PublishError::FilterMissing { name: place.clone() });
        }
    }
    Ok(())
}

/// The filters that a key set names, as the edge's store has them.
pub(super) async fn open(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    named: &[FilterReference],
) -> Result<Vec<Filter>, OperationError> {
    let mut filters = Vec::new();
    for reference in named {
        let value = snapshot.filter_value(issuer, reference.name()).await?.unwrap_or_default();
        filters.push(reference.open(value).map_err(refused)?);
    }
    Ok(filters)
}

/// The lists that are to be asked about a token.
pub(super) async fn lists(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    named: impl Iterator<Item = &ShardReference>,
) -> Result<Vec<Shard>, OperationError> {
    let mut lists = Vec::new();
    for reference in named {
        let value = snapshot.filter_value(issuer, reference.name()).await?.unwrap_or_default();
        lists.push(reference.open(value).map_err(refused)?);
    }
    Ok(lists)
}

fn refused(error: KeySetError) -> OperationError {
    OperationError::KeySetRefused { detail: error.to_string() }
}

/// Deletes what has no meaning any more, once an hour: entries that have expired, and dropped filters that no document
/// names which anybody believes.
async fn sweep(keystile: &Keystile) -> Result<(), OperationError> {
    let now = keystile.now();
    let last = Timestamp::from_secs(keystile.swept_at.load(Ordering::Relaxed));
    if now.since(last) < SWEEP_SECS {
        return Ok(());
    }
    keystile.swept_at.store(now.as_secs(), Ordering::Relaxed);
    let mut deleted = SWEPT_AT_ONCE;
    while deleted == SWEPT_AT_ONCE {
        let mut change = keystile.store.write().await?;
        deleted = change.prune_revoked(now, SWEPT_AT_ONCE).await?;
        change.commit().await?;
    }
    let forgotten = keystile.store.read().await?.forgotten_filters(now).await?;
    for (issuer, name) in forgotten {
        if let Some(kv) = &keystile.kv {
            let values = keystile.store.read().await?.filter_values(&issuer, &name).await?;
            let places: Vec<_> = values.into_iter().map(|(place, _)| place).collect();
            if let Err(error) = kv.delete_many(&places).await {
                tracing::warn!(%error, filter = name, "a filter could not be deleted; tried again in an hour");
                continue;
            }
        }
        let mut change = keystile.store.write().await?;
        change.forget_filter(&issuer, &name).await?;
        change.commit().await?;
    }
    Ok(())
}
