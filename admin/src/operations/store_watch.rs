//! Looks whether the store of the edge still holds what was pushed, and orders it again where it does not.
//!
//! Workers KV has no compare-and-swap, and others may hold a token of its own: an operator, a thief, a server that was
//! asleep, a write whose answer was lost long ago. Nothing of that opens the door, because an edge believes a set for
//! its signature and its version; but an edge that starts anew would begin with what it finds.

use serde_json::json;

use super::amendment::Amendment;
use super::{Keystile, OperationError, publication};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, Timestamp};
use crate::publish::{Found, look as look_at};
use crate::store::{PushOrder, StoreWatch};

/// How often the store is looked at: 20 requests an issuer in five minutes, of the 1,200 that Cloudflare allows.
const LOOK_EVERY_SECS: u64 = 15;

/// Looks at what is due, and says how many stores held something else. Does nothing without a namespace.
pub async fn look(keystile: &Keystile) -> Result<u32, OperationError> {
    let mut disturbed = 0;
    if keystile.kv.is_none() {
        return Ok(disturbed);
    }
    let issuers = keystile.store.read().await?.issuer_ids().await?;
    for issuer in issuers {
        if let Some(settled) = due(keystile, &issuer).await? {
            disturbed += u32::from(!is_intact(keystile, &settled).await?);
        }
    }
    Ok(disturbed)
}

/// The set that the store should hold, if it is time to look. Says so in the database, so that of several servers one
/// looks.
async fn due(keystile: &Keystile, issuer: &IssuerId) -> Result<Option<PushOrder>, OperationError> {
    let now = keystile.now();
    let is_due = |watch: &Option<StoreWatch>| {
        // A clock that was set back must not stop the looking.
        watch.as_ref().is_none_or(|it| now < it.looked_at || now.since(it.looked_at) >= LOOK_EVERY_SECS)
    };
    let mut snapshot = keystile.store.read().await?;
    if !is_due(&snapshot.store_watch(issuer).await?) || snapshot.settled_push(issuer).await?.is_none() {
        return Ok(None);
    }
    drop(snapshot);
    let mut change = keystile.store.write().await?;
    let watch = change.store_watch(issuer).await?;
    if !is_due(&watch) {
        return Ok(None);
    }
    let settled = change.settled_push(issuer).await?;
    change
        .save_store_watch(issuer, &StoreWatch { looked_at: now, ..watch.unwrap_or(unwatched(now)) })
        .await?;
    change.commit().await?;
    Ok(settled)
}

async fn is_intact(keystile: &Keystile, settled: &PushOrder) -> Result<bool, OperationError> {
    let Some(kv) = &keystile.kv else { return Ok(true) };
    let genuine = publication::genuine(keystile, &settled.issuer).await?;
    let key = publication::store_key(&settled.issuer);
    match look_at(kv, settled.shipment(&key), genuine).await {
        Ok(found) => note(keystile, settled, found).await,
        Err(error) => {
            // Not known to be wrong; whether the store answers at all is what pushes are about.
            tracing::warn!(issuer = %settled.issuer, %error, "the store could not be looked at");
            Ok(true)
        }
    }
}

/// Notes what was found, unless another version was committed or pushed meanwhile: then the look says nothing.
async fn note(keystile: &Keystile, settled: &PushOrder, found: Found) -> Result<bool, OperationError> {
    let mut amendment = keystile.amend(&settled.issuer).await?;
    let current = amendment.change.settled_push(&settled.issuer).await?;
    if current.is_none_or(|current| current.version != settled.version) {
        return Ok(true);
    }
    match found {
        Found::Ours => {
            let (now, issuer) = (amendment.now, settled.issuer.clone());
            let watch = amendment.change.store_watch(&issuer).await?.unwrap_or(unwatched(now));
            amendment.change.save_store_watch(&issuer, &StoreWatch { intact_at: Some(now), ..watch }).await?;
            amendment.commit().await?;
            Ok(true)
        }
        found => {
            disturb(&mut amendment, &found.to_string()).await?;
            amendment.commit().await?;
            Ok(false)
        }
    }
}

/// The store holds something else: the current set is ordered again, whoever waits for it waits anew, and everybody who
/// looks at the server is told.
pub(super) async fn disturb(amendment: &mut Amendment<'_>, found: &str) -> Result<(), OperationError> {
    let (issuer, version, now) =
        (amendment.state.issuer.id.clone(), amendment.state.current.version, amendment.now);
    tracing::error!(%issuer, version, found, "the store of the edge does not hold what was pushed; pushing again");
    amendment.change.order_again(&issuer).await?;
    amendment.change.forget_publication(&issuer).await?;
    let watch = amendment.change.store_watch(&issuer).await?.unwrap_or(unwatched(now));
    let disturbed = StoreWatch {
        disturbances: watch.disturbances.saturating_add(1),
        disturbed_at: Some(now),
        found: Some(found.to_owned()),
        repaired_at: None,
        ..watch
    };
    amendment.change.save_store_watch(&issuer, &disturbed).await?;
    let after = json!({ "version": version, "found": found });
    amendment
        .record(&Actor::steward(), Action::StoreDisturbed, issuer.as_str(), None, None, Some(after))
        .await
}

/// The store holds what it should again.
pub(super) async fn repaired(amendment: &mut Amendment<'_>) -> Result<(), OperationError> {
    let (issuer, now) = (amendment.state.issuer.id.clone(), amendment.now);
    let watch = amendment.change.store_watch(&issuer).await?.unwrap_or(unwatched(now));
    let since = watch.disturbed_since();
    let repaired_at = watch.repaired_at.or(since.map(|_| now));
    amendment
        .change
        .save_store_watch(&issuer, &StoreWatch { intact_at: Some(now), repaired_at, ..watch })
        .await?;
    let Some(since) = since else { return Ok(()) };
    let after =
        json!({ "version": amendment.state.current.version, "seconds_since_noticed": now.since(since) });
    amendment.record(&Actor::steward(), Action::StoreRepaired, issuer.as_str(), None, None, Some(after)).await
}

fn unwatched(now: Timestamp) -> StoreWatch {
    StoreWatch {
        looked_at: now,
        intact_at: None,
        disturbances: 0,
        disturbed_at: None,
        found: None,
        repaired_at: None,
    }
}
