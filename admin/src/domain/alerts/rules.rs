//! The rules. Each says what is the matter, or nothing.

use super::{Alert, AlertKind, Severity, Watched};
use crate::domain::{Key, KeyState, Timestamp};

const DAY_SECS: u64 = 86_400;
/// A store that fails for so long is not having a hiccup: with the backoff of pushes, some six tries.
const PUSH_SECS: u64 = 60;
/// How much longer than the propagation bound a region may take.
const LAG_SECS: u64 = 60;
/// For so long after it was put right, somebody should still hear of it.
const DISTURBED_SECS: u64 = 3_600;
/// A rotation that takes longer than the report window and the bound together waits for somebody.
const STALLED_SECS: u64 = 3_600;
/// A pause that somebody forgot.
const PAUSED_SECS: u64 = DAY_SECS;
/// How late the schedule may be: its window may open once a week, and on that day the server may be down.
const OVERDUE_SECS: u64 = DAY_SECS;

pub(super) fn refusals_spike(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let KeyState::Active { activated_at } = watched.state.ring.active().state() else { return None };
    let spike = watched.traffic.spike(*activated_at, now)?;
    let percent = spike.refused.saturating_mul(100) / spike.judged.max(1);
    let since = if spike.after_new_key { ", since a new key began to sign" } else { "" };
    let summary = format!(
        "the edge refused {} of {} tokens in 5 minutes ({percent} %), most with `{}`{since}",
        spike.refused, spike.judged, spike.code
    );
    let severity = if spike.after_new_key { Severity::Critical } else { Severity::Warning };
    Some(alert(AlertKind::RefusalsSpike, severity, summary))
}

pub(super) fn publish_failing(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let (push, current) = (&watched.push, &watched.state.current);
    if push.pushed_at.is_some() || push.failed_attempts == 0 || now.since(current.issued_at) < PUSH_SECS {
        return None;
    }
    let why = push.last_error.as_deref().unwrap_or("the server has not said why");
    let summary = format!(
        "version {} has not reached the store of the edge after {} attempts: {why}",
        current.version, push.failed_attempts
    );
    Some(alert(AlertKind::PublishFailing, Severity::Critical, summary))
}

pub(super) fn store_disturbed(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let disturbance = watched.disturbance.as_ref()?;
    if disturbance.repaired_at.is_some_and(|at| now.since(at) >= DISTURBED_SECS) {
        return None;
    }
    let end = match disturbance.repaired_at {
        Some(at) => format!("put right at {at}"),
        None => "not put right yet".to_owned(),
    };
    let summary = format!("the store of the edge held {} at {}, {end}", disturbance.found, disturbance.at);
    Some(alert(AlertKind::StoreDisturbed, Severity::Critical, summary))
}

pub(super) fn rotation_overdue(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let state = &watched.state;
    let KeyState::Active { activated_at } = state.ring.active().state() else { return None };
    let due = state.rotation_due_at().filter(|due| now >= due.plus(OVERDUE_SECS))?;
    let summary = format!(
        "the key that signs is {} days old, and should have been replaced by {due}",
        now.since(*activated_at) / DAY_SECS
    );
    Some(alert(AlertKind::RotationOverdue, Severity::Warning, summary))
}

pub(super) fn rotation_stalled(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let state = &watched.state;
    let rotation = state.pending_rotation()?;
    let summary = match rotation.paused_at {
        Some(at) if now.since(at) >= PAUSED_SECS => format!("a rotation has been paused since {at}"),
        Some(_) => return None,
        None => {
            let key = state.ring.get(&rotation.new_kid).ok()?;
            let waits = now.since(rotation.started_at) >= STALLED_SECS;
            let missing = state.settlement(key, now).err().filter(|_| waits)?;
            format!("a rotation has waited since {}: {missing}", rotation.started_at)
        }
    };
    Some(alert(AlertKind::RotationStalled, Severity::Warning, summary))
}

pub(super) fn key_set_expiring(watched: &Watched, now: Timestamp) -> Option<Alert> {
    let expires_at = watched.published_expires_at?;
    // A set is signed again when a seventh of its life is over, so that at half of it something has failed for days.
    let lifetime = watched.state.issuer.policy.key_set_lifetime_secs;
    let left = expires_at.since(now);
    if left > lifetime / 2 {
        return None;
    }
    let severity = if left <= lifetime / 7 { Severity::Critical } else { Severity::Warning };
    let summary = format!("the key set of the edge expires at {expires_at}, and every token is refused then");
    Some(alert(AlertKind::KeySetExpiring, severity, summary))
}

pub(super) fn delegation_ending(watched: &Watched) -> Option<Alert> {
    let warning = watched.signer_warning.clone()?;
    Some(alert(AlertKind::DelegationEnding, Severity::Warning, warning))
}

pub(super) fn regions_lagging(watched: &Watched, now: Timestamp) -> impl Iterator<Item = Alert> {
    let state = &watched.state;
    let bound = state.issuer.policy.propagation_bound_secs().saturating_add(LAG_SECS);
    let version = state.current.version;
    let late = watched.push.pushed_at.filter(|at| now.since(*at) >= bound);
    late.into_iter().flat_map(move |pushed_at| {
        let lagging = state.regions.iter().filter(move |region| !region.stale && !region.has(version));
        lagging.map(move |region| {
            let runs = region.version.map_or("no key set".to_owned(), |runs| format!("version {runs}"));
            let summary =
                format!("`{}` runs {runs}, and version {version} was pushed at {pushed_at}", region.name);
            Alert { subject: region.name.clone(), ..alert(AlertKind::RegionLags, Severity::Warning, summary) }
        })
    })
}

pub(super) fn overlap_breaches(watched: &Watched) -> impl Iterator<Item = Alert> {
    let active = watched.state.ring.active();
    watched.state.regions_without_active_key().map(|region| breach(region, active))
}

fn breach(region: &str, active: &Key) -> Alert {
    let needed = active.facts().introduced_in;
    let summary =
        format!("`{region}` runs a key set below version {needed}, which brought the key that signs");
    Alert { subject: region.to_owned(), ..alert(AlertKind::OverlapBreach, Severity::Critical, summary) }
}

fn alert(kind: AlertKind, severity: Severity, summary: String) -> Alert {
    Alert { kind, subject: String::new(), severity, summary }
}
