//! What somebody should be told, for those who watch no metrics: one rule a kind of trouble, pure.
//!
//! [`alerts_of`] says which rules hold at an instant. That an alert stays open for a while after its rule has ceased to
//! hold, so that it does not come and go with every request, is [`is_over`].

mod kind;
mod rules;
mod traffic;

pub use kind::{AlertKind, Severity, UnknownAlert};
pub use traffic::{Minute, TRAFFIC_SECS, Traffic};

use super::{IssuerState, Key, KeyState, Timestamp};

/// What the rules look at, of one issuer.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its keys, its key set and its edge.
    pub state: IssuerState,
    /// The push of the current key set.
    pub push: WatchedPush,
    /// When the key set ends that the edge has.
    pub published_expires_at: Option<Timestamp>,
    /// What others did to the store of the edge.
    pub disturbance: Option<Disturbance>,
    /// What must be done about the key that signs key sets.
    pub signer_warning: Option<String>,
    /// What the edges counted of late.
    pub traffic: Traffic,
}

/// Where the current key set stands on its way to the store of the edge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WatchedPush {
    /// When it arrived; `None` while it waits.
    pub pushed_at: Option<Timestamp>,
    /// How often a try has failed.
    pub failed_attempts: u32,
    /// Why the last one did.
    pub last_error: Option<String>,
}

/// The store of the edge held something else than what was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disturbance {
    /// When that was seen.
    pub at: Timestamp,
    /// What it held.
    pub found: String,
    /// When it was put right.
    pub repaired_at: Option<Timestamp>,
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Which rule.
    pub kind: AlertKind,
    /// What it is about within the issuer, such as a region; empty where it is the issuer itself.
    pub subject: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter, in one sentence.
    pub summary: String,
}

/// So long after its rule last held, an alert is over.
const CALM_SECS: u64 = 120;

/// Whether an alert whose rule last held at `fired_at`, and does not hold now, is over. An instant to come is of a clock that
/// has been set back since.
pub fn is_over(fired_at: Timestamp, now: Timestamp) -> bool {
    fired_at > now || now.since(fired_at) >= CALM_SECS
}

/// Every rule that holds now.
pub fn alerts_of(watched: &Watched, now: Timestamp) -> Vec<Alert> {
    let of_issuer = [
        rules::refusals_spike(watched, now),
        rules::publish_failing(watched, now),
        rules::store_disturbed(watched, now),
        rules::rotation_overdue(watched, now),
        rules::rotation_stalled(watched, now),
        rules::key_set_expiring(watched, now),
        rules::delegation_ending(watched),
    ];
    let of_regions = rules::regions_lagging(watched, now).chain(rules::overlap_breaches(watched));
    of_issuer.into_iter().flatten().chain(of_regions).collect()
}

impl IssuerState {
    /// The regions whose key set lacks the key that signs: they refuse its tokens. A key signs only once every region
    /// has it, unless somebody overrode that, or there was an emergency, or a region went back.
    pub fn regions_without_active_key(&self) -> impl Iterator<Item = &str> {
        let needed = self.ring.active().facts().introduced_in;
        let lacks = self.regions.iter().filter(move |region| !region.stale && !region.has(needed));
        lacks.map(|region| region.name.as_str())
    }

    /// The key before the one that signs, if going back to it now can be done and is a remedy for what the alert says.
    pub fn way_back(&self, alert: &Alert, now: Timestamp) -> Option<&Key> {
        let (active, previous) = (self.ring.active(), self.ring.previous().ok()?);
        // 1. Whoever has gone back already is not led forth again to the key that brought the trouble.
        if previous.facts().created_at > active.facts().created_at {
            return None;
        }
        // 2. A retiring key signs at once if every edge has it; a retired one is published anew.
        let is_retiring = matches!(previous.state(), KeyState::Retiring { .. });
        if is_retiring && self.clearance(previous, now).is_err() {
            return None;
        }
        // 3. It would call off a rotation, which cannot be done once a backend may sign with its key.
        if self.pending_rotation().is_some_and(|rotation| self.may_be_with_backends(&rotation.new_kid)) {
            return None;
        }
        let helps = match alert.kind {
            AlertKind::RefusalsSpike => alert.severity == Severity::Critical,
            // A region that does not get newer sets gets none that brings a retired key back.
            AlertKind::OverlapBreach => is_retiring && self.region_has(&alert.subject, previous),
            _ => false,
        };
        helps.then_some(previous)
    }

    fn region_has(&self, region: &str, key: &Key) -> bool {
        self.regions.iter().any(|it| it.name == region && it.has(key.facts().introduced_in))
    }
}

#[cfg(test)]
mod tests;
