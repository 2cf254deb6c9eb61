//! The figures that monitoring reads, from one state of the database.

use super::{IssuerStatus, KeyView, Keystile, OperationError, RegionView, present, status};
use crate::domain::{Actor, IssuerId, Permission, Timestamp};
use crate::store::{CounterSums, PushState, Snapshot, StoredAlert};

/// Everything.
pub struct Figures {
    /// The server's clock.
    pub now: Timestamp,
    /// Whether the master key is missing.
    pub read_only: bool,
    /// The open alerts.
    pub alerts: Vec<StoredAlert>,
    /// How many events wait for each receiver: webhooks by their id, and `mail`.
    pub waiting: Vec<(String, u64)>,
    /// Every issuer.
    pub issuers: Vec<IssuerFigures>,
}

/// What there is to know of an issuer.
pub struct IssuerFigures {
    /// What people see.
    pub status: IssuerStatus,
    /// Its keys.
    pub keys: Vec<KeyView>,
    /// Its regions.
    pub regions: Vec<RegionFigures>,
    /// Seconds until the schedule wants the key replaced at the latest; negative afterwards.
    pub rotation_due_in_secs: Option<i64>,
    /// For how long the new key of a rotation has waited to sign; 0 where none does.
    pub rotation_waiting_secs: u64,
    /// For how long the current key set has waited to be pushed; 0 once it is.
    pub publish_lag_secs: u64,
    /// How often pushing any version failed.
    pub publish_failures: u64,
    /// When the key set ends that was pushed last.
    pub pushed_expires_at: Option<Timestamp>,
}

/// What there is to know of a region.
pub struct RegionFigures {
    /// What people see.
    pub view: RegionView,
    /// For how long it has lacked the current key set; 0 where it has it.
    pub lag_secs: u64,
    /// Whether it lacks the key that signs.
    pub lacks_active_key: bool,
    /// Tokens refused because their key is unknown.
    pub unknown_kids: u64,
}

/// Reads them.
pub async fn all(keystile: &Keystile, actor: &Actor) -> Result<Figures, OperationError> {
    actor.may(Permission::Read)?;
    let read_only = matches!(keystile.unsealed().await, Err(OperationError::MasterKey { .. }));
    let mut snapshot = keystile.store.read().await?;
    let mut issuers = Vec::new();
    for id in snapshot.issuer_ids().await? {
        issuers.push(issuer(keystile, &mut snapshot, &id).await?);
    }
    let (alerts, waiting) = (snapshot.open_alerts().await?, snapshot.waiting_deliveries().await?);
    Ok(Figures { now: keystile.now(), read_only, alerts, waiting, issuers })
}

async fn issuer(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    id: &IssuerId,
) -> Result<IssuerFigures, OperationError> {
    let now = keystile.now();
    let state = keystile.state(snapshot, id).await?;
    let push = snapshot.push_state(id).await?;
    let sums = snapshot.edge_counters(id).await?;
    let uses = snapshot.key_uses(id).await?;
    let status = status::issuer(keystile, snapshot, id, now).await?;
    let lacking: Vec<_> = state.regions_without_active_key().collect();
    let regions = status.edge.regions.iter().map(|view| RegionFigures {
        lag_secs: lag(view, &push, now),
        lacks_active_key: lacking.contains(&view.region.as_str()),
        unknown_kids: unknown_kids(&sums, &view.region),
        view: view.clone(),
    });
    let waiting_since = state.pending_rotation().map(|rotation| rotation.started_at);
    Ok(IssuerFigures {
        regions: regions.collect(),
        keys: state.ring.keys().map(|key| present::key(&state, key, &uses, now)).collect::<Result<_, _>>()?,
        rotation_due_in_secs: state.rotation_due_at().map(|due| seconds_between(now, due)),
        rotation_waiting_secs: waiting_since.map_or(0, |at| now.since(at)),
        publish_lag_secs: match push.pushed_at {
            Some(_) => 0,
            None => now.since(state.current.issued_at),
        },
        publish_failures: push.failures,
        pushed_expires_at: push.pushed_expires_at,
        status,
    })
}

/// A region that is silent judges nothing, and lags behind nothing.
fn lag(region: &RegionView, push: &PushState, now: Timestamp) -> u64 {
    match push.pushed_at {
        Some(at) if !region.confirmed && !region.stale => now.since(at),
        _ => 0,
    }
}

fn unknown_kids(sums: &CounterSums, region: &str) -> u64 {
    sums.get(region).and_then(|counters| counters.get("unknown_kid")).copied().unwrap_or(0)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    let secs = |at: Timestamp| i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    secs(to).saturating_sub(secs(from))
}
