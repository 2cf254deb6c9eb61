//! Emptying the outbox: each current key set is written to the edge's store, and read back.

use keystile_validator::{Limits, RootKeys, UnverifiedKeySet};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Keystile, OperationError, keystile};
use crate::audit::Action;
use crate::domain::{Actor, Key};
use crate::publish::{PublishError, push};
use crate::store::PushOrder;

const LEASE: &str = "push";
/// A push is three exchanges of at most ten seconds each.
const LEASE_SECS: u64 = 45;

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
///
/// Without a KV namespace the key sets are served by this server alone, so each has arrived when it was committed.
pub async fn drain(keystile: &Keystile) -> Result<Drained, OperationError> {
    let now = keystile.now();
    push_all(keystile, |order| order.next_attempt_at <= now).await
}

/// Pushes what is in the outbox now, whether it is due or not. Refused with `kv_not_configured` without a namespace.
pub async fn publish_now(keystile: &Keystile) -> Result<Drained, OperationError> {
    if keystile.kv.is_none() {
        return Err(OperationError::KvNotConfigured);
    }
    order_again(keystile).await?;
    push_all(keystile, |_| true).await
}

/// Orders the current key sets again where they were pushed elsewhere, since the settings have changed meanwhile.
pub(super) async fn order_again(keystile: &Keystile) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    for issuer in change.issuer_ids().await? {
        if change.order_again_for(&issuer, &keystile.target).await? {
            change.forget_publication(&issuer).await?;
        }
    }
    Ok(change.commit().await?)
}

async fn push_all(
    keystile: &Keystile,
    wanted: impl Fn(&PushOrder) -> bool,
) -> Result<Drained, OperationError> {
    let mut drained = Drained::default();
    let waiting = keystile.store.read().await?.push_orders().await?;
    for issuer in waiting.into_iter().filter(&wanted).map(|order| order.issuer) {
        if !take_lease(keystile).await? {
            break;
        }
        // Read again under the lease: whoever held it before may have pushed this order, or a newer one.
        let orders = keystile.store.read().await?.push_orders().await?;
        if let Some(order) = orders.into_iter().find(|order| order.issuer == issuer && wanted(order)) {
            let (issuer, version) = (order.issuer.to_string(), order.version);
            match push_one(keystile, &order).await {
                Ok(()) => drained.pushed.push(PushedSet { issuer, version }),
                Err(OperationError::PushFailed { detail: error }) => {
                    drained.failed.push(FailedPush { issuer, version, error });
                }
                Err(other) => return Err(other),
            }
        }
        release_lease(keystile).await?;
    }
    Ok(drained)
}

async fn push_one(keystile: &Keystile, order: &PushOrder) -> Result<(), OperationError> {
    if let Some(kv) = &keystile.kv {
        let mut snapshot = keystile.store.read().await?;
        let roots = keystile::roots(&mut snapshot).await?;
        let state = keystile.state(&mut snapshot, &order.issuer).await?;
        drop(snapshot);
        let genuine = |found: &[u8]| genuine_version(found, &roots, &state.issuer.iss);
        let key = format!("keyset/{}", order.issuer);
        if let Err(error) = push(kv, &key, order.document.as_bytes(), order.version, genuine).await {
            note_failure(keystile, order, &error).await?;
            return Err(error.into());
        }
    }
    note_success(keystile, order).await
}

/// The version of a key set of this issuer that one of our roots signed.
fn genuine_version(found: &[u8], roots: &RootKeys, iss: &str) -> Option<u64> {
    let signed = UnverifiedKeySet::parse(found, &Limits::default()).ok()?.verify(roots).ok()?;
    (signed.issuer() == iss).then(|| signed.version())
}

async fn note_success(keystile: &Keystile, order: &PushOrder) -> Result<(), OperationError> {
    let mut amendment = keystile.amend(&order.issuer).await?;
    let now = amendment.now;
    let ring = &mut amendment.state.ring;
    let unpublished = |key: &&Key| key.is_published() && key.facts().published_at.is_none();
    let waiting: Vec<_> = ring.keys().filter(unpublished).map(|key| key.kid().to_owned()).collect();
    ring.note_published(order.version, now);
    let arrived =
        |kid: &String| amendment.state.ring.get(kid).is_ok_and(|key| key.facts().published_at.is_some());
    let arrived: Vec<_> = waiting.into_iter().filter(arrived).collect();
    amendment.change.note_pushed(&order.issuer, order.version, &keystile.target, now).await?;
    for kid in arrived {
        let after = json!({ "version": order.version, "target": keystile.target });
        amendment.record(&Actor::steward(), Action::KeyPublished, &kid, None, None, Some(after)).await?;
    }
    amendment.commit().await?;
    let (issuer, version, to) = (&order.issuer, order.version, &keystile.target);
    tracing::info!(%issuer, version, to, "key set published");
    Ok(())
}

async fn note_failure(
    keystile: &Keystile,
    order: &PushOrder,
    error: &PublishError,
) -> Result<(), OperationError> {
    let wait = backoff_secs(order.attempts, keystile.dice()?)
        .max(error.retry_after().map_or(0, |wait| wait.as_secs()));
    let text = format!("{error}; {}", error.help());
    tracing::warn!(issuer = %order.issuer, version = order.version, %error, wait, "key set not pushed");
    let mut change = keystile.store.write().await?;
    change.note_push_failed(order, &text, keystile.now().plus(wait)).await?;
    Ok(change.commit().await?)
}

/// 1, 2, 4 ... 64 seconds, of which up to a half is left out by chance, so that servers do not return in step.
fn backoff_secs(attempts: u32, dice: u8) -> u64 {
    let whole = 1_u64 << attempts.min(6);
    whole - u64::from(dice) % (whole / 2 + 1)
}

/// Of several processes on one database, one pushes at a time. The lease outlives the longest push.
async fn take_lease(keystile: &Keystile) -> Result<bool, OperationError> {
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let taken = change.take_lease(LEASE, &keystile.process, now, now.plus(LEASE_SECS)).await?;
    change.commit().await?;
    Ok(taken)
}

async fn release_lease(keystile: &Keystile) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    change.release_lease(LEASE, &keystile.process).await?;
    Ok(change.commit().await?)
}
