//! What the edge tells the server, and what the server makes of it.

use std::collections::{BTreeMap, BTreeSet};

use keystile_validator::RootKeys;
use serde::Deserialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::{EdgeView, Keystile, OperationError, present};
use crate::domain::{Actor, InstanceReport, IssuerId, KeyRing, Permission, Timestamp};
use crate::store::{EdgeUpdate, StoredCounters};
use crate::telemetry::SPANS;

/// Cloudflare has some 350 locations, and each runs a few isolates of a worker.
const INSTANCES: usize = 10_000;
/// There are about 30 codes, and an issuer has a handful of keys.
const KINDS: usize = 200;
/// Sums of such counts stay exact for a thousand years.
const HIGHEST: u64 = 1 << 48;

/// One report of one instance. Counters are cumulative since the instance started.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct EdgeReport {
    /// Where the instance runs.
    pub region: String,
    /// Which instance it is.
    pub instance: String,
    /// The version it judges with; null if it has no key set.
    pub version: Option<u64>,
    /// How old that set is at the instance.
    #[serde(default)]
    pub key_set_age_seconds: Option<u64>,
    /// What it has counted.
    #[serde(default)]
    pub counters: EdgeCounters,
    /// The kids of the root keys that it has pinned. A root that is not among them vouches for nothing yet.
    #[serde(default)]
    pub roots: Option<BTreeSet<String>>,
    /// When it last saw a token of each key (NumericDate).
    #[serde(default)]
    pub last_seen_kids: BTreeMap<String, u64>,
}

/// What an instance counts.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct EdgeCounters {
    /// Tokens accepted.
    pub accepted: u64,
    /// Requests refused, by code.
    pub refused: BTreeMap<String, u64>,
    /// Tokens accepted, by the key that verified them.
    pub by_kid: BTreeMap<String, u64>,
    /// Tokens refused that name a key which the edge's key set has or had, by that key and by code.
    pub refused_by_kid: BTreeMap<String, BTreeMap<String, u64>>,
    /// Tokens accepted that do not name their key, by the key that verified them.
    pub without_kid: BTreeMap<String, u64>,
    /// Tokens refused because their key is unknown.
    pub unknown_kid: u64,
}

/// Records a report.
#[instrument(name = "edge.record_report", target = SPANS, skip_all)]
pub async fn record_report(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    report: EdgeReport,
) -> Result<(), OperationError> {
    actor.may_at(Permission::Report, issuer)?;
    check_name("region", &report.region)?;
    check_name("instance", &report.instance)?;
    check_roots(report.roots.as_ref())?;
    let counters = stored(&report.counters)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let state = keystile.state(&mut change, issuer).await?;
    let before = change.instance_counters(issuer, &report.region, &report.instance).await?;
    if before.is_none() && change.instance_reports(issuer).await?.len() >= INSTANCES {
        return Err(invalid("instance", format!("the server keeps track of at most {INSTANCES} instances")));
    }
    let last_seen = last_seen(report.last_seen_kids, &state.ring, now);
    let mut growth = growth(&counters, &before.unwrap_or_default());
    growth.by_kid.retain(|kid, _| state.ring.get(kid).is_ok());
    growth.refused_by_kid.retain(|kid, _| state.ring.get(kid).is_ok());
    growth.without_kid.retain(|kid, grown| *grown > 0 && state.ring.get(kid).is_ok());
    for kid in last_seen.keys() {
        growth.by_kid.entry(kid.clone()).or_default();
    }
    let said = InstanceReport {
        region: report.region,
        version: report.version,
        key_set_age_secs: report.key_set_age_seconds.unwrap_or(0),
        reported_at: now,
        roots: report.roots,
    };
    let instance = report.instance.as_str();
    let update = EdgeUpdate { issuer, instance, report: said, counters: &counters, growth, last_seen };
    change.record_report(&update).await?;
    let window = state.issuer.policy.propagation.report_window_secs;
    change.forget_instances(issuer, Timestamp::from_secs(now.as_secs().saturating_sub(window))).await?;
    Ok(change.commit().await?)
}

/// Every region, and whether it has the current version.
pub async fn view(keystile: &Keystile, actor: &Actor, issuer: &IssuerId) -> Result<EdgeView, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let sums = snapshot.edge_counters(issuer).await?;
    let push = snapshot.push_state(issuer).await?;
    Ok(present::edge(&state, &sums, &push, keystile.now()))
}

/// Names end up in messages, tables and metrics.
fn check_name(field: &'static str, name: &str) -> Result<(), OperationError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(invalid(field, "use 1 to 64 letters, digits, `-`, `_`, `.` or `:`".to_owned()))
}

fn check_roots(roots: Option<&BTreeSet<String>>) -> Result<(), OperationError> {
    if roots.is_some_and(|roots| roots.len() > RootKeys::MAX) {
        return Err(invalid("roots", format!("an edge pins at most {} roots", RootKeys::MAX)));
    }
    roots.into_iter().flatten().try_for_each(|kid| check_name("roots", kid))
}

fn stored(counters: &EdgeCounters) -> Result<StoredCounters, OperationError> {
    let kinds = [&counters.refused, &counters.by_kid, &counters.without_kid];
    let of_keys = || counters.refused_by_kid.values().flatten();
    let counts = kinds.into_iter().flatten().chain(of_keys()).map(|(_, count)| count);
    if kinds.iter().any(|counts| counts.len() > KINDS) || of_keys().count() > KINDS {
        return Err(invalid("counters", format!("an instance counts at most {KINDS} codes and keys")));
    }
    if counts.chain([&counters.accepted, &counters.unknown_kid]).any(|count| *count > HIGHEST) {
        return Err(invalid("counters", format!("a counter cannot be above {HIGHEST}")));
    }
    of_keys().try_for_each(|(code, _)| check_name("counters", code))?;
    let mut counts = BTreeMap::new();
    for (code, count) in &counters.refused {
        check_name("counters", code)?;
        counts.insert(format!("refused/{code}"), *count);
    }
    counts.insert("accepted".to_owned(), counters.accepted);
    counts.insert("unknown_kid".to_owned(), counters.unknown_kid);
    let EdgeCounters { by_kid, refused_by_kid, without_kid, .. } = counters.clone();
    Ok(StoredCounters { counts, by_kid, refused_by_kid, without_kid })
}

/// When each of our keys was last seen; an edge whose clock is ahead saw it now.
fn last_seen(seen: BTreeMap<String, u64>, ring: &KeyRing, now: Timestamp) -> BTreeMap<String, Timestamp> {
    let ours = seen.into_iter().filter(|(kid, _)| ring.get(kid).is_ok());
    ours.map(|(kid, at)| (kid, Timestamp::from_secs(at).min(now))).collect()
}

/// What came on top. A counter that fell belongs to an instance that started anew, and counts from zero.
fn growth(now: &StoredCounters, before: &StoredCounters) -> StoredCounters {
    let grown = |now: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>| {
        let growth = |(name, count): (&String, &u64)| {
            let before = before.get(name).copied().unwrap_or(0);
            (name.clone(), count.checked_sub(before).unwrap_or(*count))
        };
        now.iter().map(growth).collect()
    };
    let nothing = BTreeMap::new();
    let refused = |(kid, codes): (&String, &BTreeMap<_, _>)| {
        (kid.clone(), grown(codes, before.refused_by_kid.get(kid).unwrap_or(&nothing)))
    };
    StoredCounters {
        counts: grown(&now.counts, &before.counts),
        refused_by_kid: now.refused_by_kid.iter().map(refused).collect(),
        by_kid: grown(&now.by_kid, &before.by_kid),
        without_kid: grown(&now.without_kid, &before.without_kid),
    }
}

fn invalid(field: &'static str, detail: String) -> OperationError {
    OperationError::InvalidInput { field, detail }
}
