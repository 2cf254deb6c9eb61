//! What somebody should be told, for those who watch no metrics: one rule a kind of trouble, pure.
//!
//! [`alerts_of`] says which rules hold at an instant. That an alert stays open for a while after its rule has ceased to
//! hold, so that it does not come and go with every request, is [`is_over`].

mod kind;
mod rules;
mod traffic;

pub use kind::{AlertKind, Severity, UnknownAlert};
pub use traffic::{Minute, TRAFFIC_SECS, Traffic};

use super::{IssuerState, Timestamp};

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
}

#[cfg(test)]
mod tests;
