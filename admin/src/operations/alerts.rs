//! What somebody should be told: the rules of the domain, looked at every few seconds, and what they raised.

use std::sync::atomic::Ordering;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::notifications::compose;
use super::{Keystile, OperationError, master_key_watch, random, scheduled_backups, set_signer};
use crate::domain::{
    Actor, Alert, AlertKind, Disturbance, IssuerId, KeyState, Permission, Severity, Timestamp, Watched,
    WatchedPush, alerts_of, is_over,
};
use crate::store::{Change, Snapshot, StoredAlert};

/// Rules speak of minutes.
const LOOK_EVERY_SECS: u64 = 10;
/// How often it is written down that a rule still holds: several times before its alert would be over.
const REFRESH_SECS: u64 = 30;
/// How many of those that are over are shown.
const SHOWN: u32 = 50;

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertView {
    /// Its id.
    pub id: String,
    /// What is the matter, such as `refusals_spike`. The names are stable.
    #[schema(value_type = String, example = "refusals_spike")]
    pub kind: &'static str,
    /// `warning` or `critical`.
    #[schema(value_type = String, example = "critical")]
    pub severity: Severity,
    /// The issuer; null where it is the server itself.
    pub issuer: Option<String>,
    /// What it is about within the issuer, such as a region.
    pub subject: Option<String>,
    /// What is the matter, in one sentence.
    pub summary: String,
    /// What to do about it.
    #[schema(value_type = String)]
    pub help: &'static str,
    /// When it was raised.
    #[schema(value_type = String, format = DateTime)]
    pub raised_at: Timestamp,
    /// When it was over; null while it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
    /// Where going back to the key before may be the remedy: what `POST /v1/issuers/{id}/rollback` would do now.
    pub rollback: Option<RollbackOffer>,
}

/// A rollback that is possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RollbackOffer {
    /// The key that would sign again.
    pub kid: String,
    /// The key that signs now.
    pub from_kid: String,
    /// Whether it would sign at once, and not only after it has been published anew.
    pub signs_at_once: bool,
}

/// What is the matter, and what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertList {
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Those that are not over, the oldest first.
    pub alerts: Vec<AlertView>,
    /// The last 50 that are over, the newest first.
    pub resolved: Vec<AlertView>,
}

/// Every alert, as it is now.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<AlertList, OperationError> {
    actor.may(Permission::Read)?;
    scheduled_backups::look_once(keystile).await;
    // Also where no server runs. A database that is busy is no reason to show nothing.
    if let Err(error) = look(keystile).await {
        tracing::warn!(%error, "the alerts could not be brought up to date");
    }
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let firing = firing(keystile, &mut snapshot).await?;
    let mut alerts = Vec::new();
    for stored in snapshot.open_alerts().await? {
        // An alert outlives its rule for a while; the way back does not.
        let rollback = match firing.iter().find(|fire| fire.is(&stored)) {
            Some(fire) => rollback(keystile, &mut snapshot, fire).await?,
            None => None,
        };
        alerts.push(AlertView { rollback, ..view(stored) });
    }
    let resolved = snapshot.resolved_alerts(SHOWN).await?.into_iter().map(view).collect();
    Ok(AlertList { now, alerts, resolved })
}

/// How many are open, as far as was looked.
pub async fn count_open(keystile: &Keystile, actor: &Actor) -> Result<usize, OperationError> {
    actor.may(Permission::Read)?;
    Ok(keystile.store.read().await?.open_alerts().await?.len())
}

/// Looks, if it is time to.
pub(super) async fn keep_up(keystile: &Keystile) -> Result<(), OperationError> {
    let (now, last) = (keystile.now().as_secs(), keystile.alerts_looked_at.load(Ordering::Relaxed));
    // A clock that was set back must not stop the looking.
    if now >= last && now - last < LOOK_EVERY_SECS {
        return Ok(());
    }
    keystile.alerts_looked_at.store(now, Ordering::Relaxed);
    look(keystile).await
}

/// Holds the rules against the present, raises what is new, and ends what is over.
pub async fn look(keystile: &Keystile) -> Result<(), OperationError> {
    keystile.compare_clocks().await;
    let mut snapshot = keystile.store.read().await?;
    let firing = firing(keystile, &mut snapshot).await?;
    let open = snapshot.open_alerts().await?;
    drop(snapshot);
    if !is_news(&firing, &open, keystile.now()) {
        return Ok(());
    }
    let mut change = keystile.store.write().await?;
    // Asked again under the lock: another process may have been faster.
    let firing = self::firing(keystile, &mut change).await?;
    let open = change.open_alerts().await?;
    settle(keystile, &mut change, firing, &open).await?;
    Ok(change.commit().await?)
}

/// A rule that holds, and for whom.
struct Firing {
    issuer: String,
    alert: Alert,
}

impl Firing {
    fn is(&self, open: &StoredAlert) -> bool {
        let (ours, theirs) = (&self.alert, &open.alert);
        self.issuer == open.issuer && ours.kind == theirs.kind && ours.subject == theirs.subject
    }
}

fn is_news(firing: &[Firing], open: &[StoredAlert], now: Timestamp) -> bool {
    let is_new = |fire: &Firing| !open.iter().any(|it| fire.is(it));
    let is_changed = |it: &StoredAlert| match firing.iter().find(|fire| fire.is(it)) {
        Some(fire) => {
            fire.alert.severity != it.alert.severity
                || it.fired_at > now
                || now.since(it.fired_at) >= REFRESH_SECS
        }
        None => is_over(it.fired_at, now),
    };
    firing.iter().any(is_new) || open.iter().any(is_changed)
}

async fn settle(
    keystile: &Keystile,
    change: &mut Change,
    firing: Vec<Firing>,
    open: &[StoredAlert],
) -> Result<(), OperationError> {
    let now = keystile.now();
    for it in open {
        match firing.iter().find(|fire| fire.is(it)) {
            Some(fire) => change.refresh_alert(&it.id, &fire.alert, now).await?,
            None if is_over(it.fired_at, now) => {
                tracing::info!(kind = %it.alert.kind, issuer = it.issuer, "an alert is over");
                change.resolve_alert(&it.id, now).await?;
                let over = StoredAlert { resolved_at: Some(now), ..it.clone() };
                change.notify(&compose("alert.resolved", now, &json!(view(over)))?).await?;
            }
            None => {}
        }
    }
    for fire in firing.into_iter().filter(|fire| !open.iter().any(|it| fire.is(it))) {
        let rollback = rollback(keystile, change, &fire).await?;
        let Firing { issuer, alert } = fire;
        tracing::warn!(kind = %alert.kind, issuer, summary = alert.summary, "alert");
        let (id, raised_at) = (random::text::<12>()?, now);
        let raised = StoredAlert { id, issuer, alert, raised_at, fired_at: now, resolved_at: None };
        change.raise_alert(&raised).await?;
        let data = json!(AlertView { rollback, ..view(raised) });
        change.notify(&compose("alert.raised", now, &data)?).await?;
    }
    Ok(())
}

/// Every rule that holds now, of the server and of each issuer.
async fn firing(keystile: &Keystile, snapshot: &mut Snapshot) -> Result<Vec<Firing>, OperationError> {
    let of_server =
        [master_key(keystile, snapshot).await?, backup_overdue(keystile), clock_disagrees(keystile)];
    let mut firing: Vec<_> = of_server.into_iter().flatten().collect();
    firing.extend(broken_glass(snapshot).await?);
    for id in snapshot.issuer_ids().await? {
        let watched = watched(keystile, snapshot, &id).await?;
        let alerts = alerts_of(&watched, keystile.now());
        firing.extend(alerts.into_iter().map(|alert| Firing { issuer: id.to_string(), alert }));
    }
    Ok(firing)
}

/// A server without its master key, or one that would be if it were started anew.
async fn master_key(keystile: &Keystile, snapshot: &mut Snapshot) -> Result<Option<Firing>, OperationError> {
    let missing = missing_key(keystile, snapshot).await?;
    if let Some(why) = missing.as_ref().filter(|_| !keystile.carries_out_a_command) {
        let summary = format!("the server signs and publishes nothing: {why}");
        return Ok(Some(of_server(AlertKind::ReadOnly, Severity::Critical, summary)));
    }
    let out_of_reach = missing.or_else(|| master_key_watch::trouble(keystile));
    Ok(out_of_reach.map(|why| {
        let summary = format!("a server that is started now signs and publishes nothing: {why}");
        of_server(AlertKind::MasterKeyOutOfReach, Severity::Warning, summary)
    }))
}

/// Why this process has no master key.
async fn missing_key(keystile: &Keystile, snapshot: &mut Snapshot) -> Result<Option<String>, OperationError> {
    let Some(noted) = snapshot.master_key().await? else { return Ok(None) };
    Ok(keystile.keys.keys(&noted).await.err().map(|why| why.to_string()))
}

/// Where one person has done alone what takes two, until another one has looked at it.
async fn broken_glass(snapshot: &mut Snapshot) -> Result<Vec<Firing>, OperationError> {
    let unreviewed = snapshot.unreviewed_approvals().await?;
    let firing = unreviewed.into_iter().map(|it| Firing {
        issuer: it.issuer.map(|issuer| issuer.to_string()).unwrap_or_default(),
        alert: Alert {
            summary: format!(
                "{} went on alone with what takes two people at {} (request {})",
                it.approval.asked_by, it.approval.asked_at, it.approval.id
            ),
            kind: AlertKind::GlassBroken,
            subject: it.approval.id,
            severity: Severity::Critical,
        },
    });
    Ok(firing.collect())
}

fn backup_overdue(keystile: &Keystile) -> Option<Firing> {
    let trouble = scheduled_backups::trouble(keystile)?;
    Some(of_server(AlertKind::BackupOverdue, Severity::Warning, trouble))
}

fn clock_disagrees(keystile: &Keystile) -> Option<Firing> {
    let trouble = keystile.clock_trouble()?;
    let summary = format!("no key is brought on and nothing is published: {trouble}");
    Some(of_server(AlertKind::ClockDisagrees, Severity::Critical, summary))
}

fn of_server(kind: AlertKind, severity: Severity, summary: String) -> Firing {
    Firing { issuer: String::new(), alert: Alert { kind, subject: String::new(), severity, summary } }
}

/// What the rules look at.
pub(super) async fn watched(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
) -> Result<Watched, OperationError> {
    let now = keystile.now();
    let push = snapshot.push_state(issuer).await?;
    let disturbance = snapshot.store_watch(issuer).await?.and_then(|watch| {
        Some(Disturbance {
            at: watch.disturbed_at?,
            found: watch.found.unwrap_or_default(),
            repaired_at: watch.repaired_at,
        })
    });
    Ok(Watched {
        state: keystile.state(snapshot, issuer).await?,
        published_expires_at: push.pushed_expires_at,
        push: WatchedPush {
            pushed_at: push.pushed_at,
            failed_attempts: push.attempts,
            last_error: push.last_error,
        },
        disturbance,
        signer_warning: set_signer::view(snapshot, issuer, now).await?.warning,
        traffic: snapshot.traffic(issuer, now).await?,
    })
}

/// The way back, where it would help and can be gone now.
async fn rollback(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    Firing { issuer, alert }: &Firing,
) -> Result<Option<RollbackOffer>, OperationError> {
    let Ok(issuer) = issuer.parse() else { return Ok(None) };
    if !alert.kind.may_end_with_rollback() || missing_key(keystile, snapshot).await?.is_some() {
        return Ok(None);
    }
    let state = keystile.state(snapshot, &issuer).await?;
    Ok(state.way_back(alert, keystile.now()).map(|previous| RollbackOffer {
        kid: previous.kid().to_owned(),
        from_kid: state.ring.active().kid().to_owned(),
        signs_at_once: matches!(previous.state(), KeyState::Retiring { .. }),
    }))
}

fn view(stored: StoredAlert) -> AlertView {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    AlertView {
        id: stored.id,
        kind: stored.alert.kind.as_str(),
        severity: stored.alert.severity,
        issuer: some(stored.issuer),
        subject: some(stored.alert.subject),
        summary: stored.alert.summary,
        help: stored.alert.kind.help(),
        raised_at: stored.raised_at,
        resolved_at: stored.resolved_at,
        rollback: None,
    }
}
