//! Emptying the outbox: each current key set is written to the edge's store, and read back.

use keystile_validator::{Limits, UnverifiedKeySet};
use serde::Serialize;
use serde_json::json;
use tracing::{Instrument, field};
use utoipa::ToSchema;

use super::amendment::Amendment;
use super::lease::Lease;
use super::{Keystile, OperationError, emergency_channel, filters, keystile, store_watch};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, Key};
use crate::publish::{PublishError, push};
use crate::store::PushOrder;
use crate::telemetry::{self, SPANS};

const LEASE: &str = "push";

/// What one pass over the outbox did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Drained {
    /// What was pushed and read back.
    pub pushed: Vec<PushedSet>,
    /// What failed, stays, and is tried again.
    pub failed: Vec<FailedPush>,
    /// Whether another process on this database was pushing, so that this one left the rest to it.
    pub left_to_another: bool,
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
    emergency_channel::bring(keystile).await?;
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
        let Some(lease) = Lease::take(keystile, LEASE.to_owned()).await? else {
            drained.left_to_another = true;
            break;
        };
        // Read again under the lease: whoever held it before may have pushed this order, or a newer one.
        let orders = keystile.store.read().await?.push_orders().await?;
        if let Some(order) = orders.into_iter().find(|order| order.issuer == issuer && wanted(order)) {
            let (issuer, version) = (order.issuer.to_string(), order.version);
            match push_one(keystile, &lease, &order).await {
                Ok(()) => drained.pushed.push(PushedSet { issuer, version }),
                Err(OperationError::PushFailed { detail: error }) => {
                    drained.failed.push(FailedPush { issuer, version, error });
                }
                Err(other) => return Err(other),
            }
        }
        lease.release().await?;
    }
    Ok(drained)
}

/// Within the trace in which the key set was made.
async fn push_one(keystile: &Keystile, lease: &Lease<'_>, order: &PushOrder) -> Result<(), OperationError> {
    let issuer = order.issuer.as_str();
    let span = tracing::info_span!(
        target: SPANS,
        "key_set.push",
        keystile.issuer = issuer,
        keystile.key_set.version = order.version,
        otel.status_code = field::Empty,
    );
    keystile.origins.resume(issuer, order.version, &span);
    let pushed = write(keystile, lease, order).instrument(span.clone()).await;
    telemetry::note(&span, pushed.is_ok());
    pushed
}

async fn write(keystile: &Keystile, lease: &Lease<'_>, order: &PushOrder) -> Result<(), OperationError> {
    let outcome = match &keystile.kv {
        None => Ok(()),
        Some(kv) => {
            let genuine = genuine(keystile, &order.issuer).await?;
            let key = store_key(&order.issuer);
            let pushed = async {
                // What the document names comes first: no reader may see it whose filters are not on their way.
                match filters::push(keystile, kv, &order.issuer).await? {
                    Ok(()) => {
                        let may_write = async || lease.is_held_now().await;
                        Ok(push(kv, order.shipment(&key), genuine, may_write).await.map(drop))
                    }
                    Err(error) => Ok::<_, OperationError>(Err(error)),
                }
            };
            tokio::select! {
                biased;
                outcome = pushed => outcome?,
                never = lease.keep() => match never {},
            }
        }
    };
    note(keystile, lease, order, &outcome).await?;
    Ok(outcome?)
}

/// The place of an issuer's key set in the store.
pub(super) fn store_key(issuer: &IssuerId) -> String {
    format!("keyset/{issuer}")
}

/// Tells the version of a key set of this issuer that one of our roots vouches for.
pub(super) async fn genuine(
    keystile: &Keystile,
    issuer: &IssuerId,
) -> Result<impl Fn(&[u8]) -> Option<u64> + use<>, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let roots = keystile::roots(&mut snapshot).await?;
    let iss = keystile.state(&mut snapshot, issuer).await?.issuer.iss;
    Ok(move |found: &[u8]| {
        let signed = UnverifiedKeySet::parse(found, &Limits::default()).ok()?.verify(&roots).ok()?;
        (signed.issuer() == iss).then(|| signed.version())
    })
}

/// Notes how a push ended, in a transaction that knows whether the lease was held all the time.
async fn note(
    keystile: &Keystile,
    lease: &Lease<'_>,
    order: &PushOrder,
    outcome: &Result<(), PublishError>,
) -> Result<(), OperationError> {
    let mut amendment = keystile.amend(&order.issuer).await?;
    let was_held = lease.is_held(&mut amendment.change).await?;
    match outcome {
        // Nothing was written, and the others know better.
        Err(PublishError::Overtaken) => return Ok(()),
        // What another process has pushed meanwhile may have been overwritten just now.
        _ if !was_held && keystile.kv.is_some() => {
            let found =
                format!("version {}, perhaps, which a process wrote that had been asleep", order.version);
            store_watch::disturb(&mut amendment, &found).await?;
        }
        Ok(()) => note_success(&mut amendment, &keystile.target, order).await?,
        Err(error) => note_failure(&mut amendment, keystile.dice()?, order, error).await?,
    }
    amendment.commit().await?;
    Ok(())
}

async fn note_success(
    amendment: &mut Amendment<'_>,
    target: &str,
    order: &PushOrder,
) -> Result<(), OperationError> {
    let now = amendment.now;
    let ring = &mut amendment.state.ring;
    let unpublished = |key: &&Key| key.is_published() && key.facts().published_at.is_none();
    let waiting: Vec<_> = ring.keys().filter(unpublished).map(|key| key.kid().to_owned()).collect();
    ring.note_published(order.version, now);
    let arrived =
        |kid: &String| amendment.state.ring.get(kid).is_ok_and(|key| key.facts().published_at.is_some());
    let arrived: Vec<_> = waiting.into_iter().filter(arrived).collect();
    amendment.change.note_pushed(&order.issuer, order.version, target, now).await?;
    for kid in arrived {
        let after = json!({ "version": order.version, "target": target });
        amendment.record(&Actor::steward(), Action::KeyPublished, &kid, None, None, Some(after)).await?;
    }
    store_watch::repaired(amendment).await?;
    tracing::info!(issuer = %order.issuer, version = order.version, to = target, "key set published");
    Ok(())
}

async fn note_failure(
    amendment: &mut Amendment<'_>,
    dice: u8,
    order: &PushOrder,
    error: &PublishError,
) -> Result<(), OperationError> {
    let wait = backoff_secs(order.attempts, dice).max(error.retry_after().map_or(0, |wait| wait.as_secs()));
    let text = format!("{error}; {}", error.help());
    tracing::warn!(issuer = %order.issuer, version = order.version, %error, wait, "key set not pushed");
    Ok(amendment.change.note_push_failed(order, &text, amendment.now.plus(wait)).await?)
}

/// 1, 2, 4 ... 64 seconds, of which up to a half is left out by chance, so that servers do not return in step.
pub(super) fn backoff_secs(attempts: u32, dice: u8) -> u64 {
    let whole = 1_u64 << attempts.min(6);
    whole - u64::from(dice) % (whole / 2 + 1)
}
