//! Whether a key set has reached every edge.
//!
//! 1. It must have been pushed and read back.
//! 2. Every region that reported within the report window must run at least that version. A region runs the lowest
//!    version among its live instances: they refresh independently. An instance that was silent for longer than
//!    [`LIVE_SECS`] is not live, since it must read again before it judges; where a region has no live instance, the
//!    one that reported last stands for it.
//! 3. Where no region reports, the propagation bound must have passed.
//!
//! A key may sign once its first set is confirmed and a pause has passed ([`Confirmed::settle`]). A region of which no
//! report arrives learns of the key when it looks for an unknown `kid`, and an isolate that has just looked in vain, for a
//! `kid` that somebody made up, does not look again for so long.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{Policy, Timestamp};

/// An instance reports at most every 10 s while it has traffic; after three times that it has none.
pub const LIVE_SECS: u64 = 30;

/// The last report of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceReport {
    /// Where it runs.
    pub region: String,
    /// The version it judges with; `None` if it has no key set.
    pub version: Option<u64>,
    /// How old that set was there.
    pub key_set_age_secs: u64,
    /// When the report came.
    pub reported_at: Timestamp,
    /// The kids of the roots that it has pinned; `None` if it does not say.
    pub roots: Option<BTreeSet<String>>,
}

/// What the instances of one region amount to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// The lowest version in use there.
    pub version: Option<u64>,
    /// How many instances reported within the report window.
    pub instances: u32,
    /// When any of them last reported.
    pub last_report_at: Timestamp,
    /// The age of the oldest key set in use there.
    pub key_set_age_secs: u64,
    /// Whether it has been silent for longer than the report window.
    pub stale: bool,
    /// The roots that every instance there has pinned; `None` if one does not say.
    pub roots: Option<BTreeSet<String>>,
}

impl Region {
    /// Whether the region runs `version` or a later one.
    pub fn has(&self, version: u64) -> bool {
        self.version.is_some_and(|runs| runs >= version)
    }

    /// Whether the region says that it has pinned this root.
    pub fn has_pinned(&self, root: &str) -> bool {
        self.roots.as_ref().is_some_and(|roots| roots.contains(root))
    }
}

/// Sums reports up by region, in the order of their names.
pub fn regions(reports: &[InstanceReport], policy: &Policy, now: Timestamp) -> Vec<Region> {
    let mut by_name: BTreeMap<&str, Vec<&InstanceReport>> = BTreeMap::new();
    for report in reports {
        by_name.entry(&report.region).or_default().push(report);
    }
    let window = policy.propagation.report_window_secs;
    by_name.into_iter().filter_map(|(name, reports)| region(name, &reports, window, now)).collect()
}

fn region(name: &str, reports: &[&InstanceReport], window: u64, now: Timestamp) -> Option<Region> {
    let last = reports.iter().max_by_key(|report| report.reported_at)?;
    let live: Vec<_> = reports.iter().filter(|report| now.since(report.reported_at) <= LIVE_SECS).collect();
    let counted = if live.is_empty() { vec![last] } else { live };
    let recent = reports.iter().filter(|report| now.since(report.reported_at) <= window).count();
    Some(Region {
        name: name.to_owned(),
        // `None` is the lowest: an instance without a key set has not got the new one.
        version: counted.iter().map(|report| report.version).min().flatten(),
        instances: u32::try_from(recent).unwrap_or(u32::MAX),
        last_report_at: last.reported_at,
        key_set_age_secs: counted.iter().map(|report| report.key_set_age_secs).max().unwrap_or(0),
        stale: now.since(last.reported_at) > window,
        roots: pinned_by_all(&counted),
    })
}

fn pinned_by_all(reports: &[&&InstanceReport]) -> Option<BTreeSet<String>> {
    let mut pinned = reports.iter().map(|report| report.roots.clone());
    let first = pinned.next()??;
    pinned.try_fold(first, |common, roots| Some(common.intersection(&roots?).cloned().collect()))
}

/// The proof that a key set has reached every edge. Only [`confirm`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed {
    regions: usize,
    published_at: Timestamp,
}

impl Confirmed {
    /// How many regions reported it; 0 where the propagation bound stood in for them.
    pub fn regions(&self) -> usize {
        self.regions
    }

    /// Returns the proof that a key of this set may sign only if every isolate may look for it, should it not know it.
    pub fn settle(self, policy: &Policy, now: Timestamp) -> Result<Settled, Unconfirmed> {
        let settled_at = self.published_at.plus(policy.chase_pause_secs());
        if now >= settled_at {
            return Ok(Settled(self));
        }
        Err(Unconfirmed {
            published: true,
            reporting: self.regions,
            missing: Vec::new(),
            safe_at: Some(settled_at),
        })
    }
}

/// The proof that a key may sign. Only [`Confirmed::settle`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled(Confirmed);

impl Settled {
    /// From when on it has been one.
    pub fn pause_ended_at(&self, policy: &Policy) -> Timestamp {
        self.0.published_at.plus(policy.chase_pause_secs())
    }
}

/// Who is missing, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unconfirmed {
    /// Whether the set was pushed and read back.
    pub published: bool,
    /// How many regions report.
    pub reporting: usize,
    /// Those among them that do not have it, by name.
    pub missing: Vec<String>,
    /// From when on nobody is waited for, if the missing ones stay silent. Unknown while it is not published.
    pub safe_at: Option<Timestamp>,
}

/// An edge has hundreds of regions, and nobody reads more of their names.
const NAMED: usize = 5;

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.published {
            return f.write_str("not pushed to the edge and read back yet");
        }
        match self.missing.len() {
            0 if self.reporting == 0 => {
                f.write_str("no region reports, and the propagation bound has not passed")?;
            }
            0 => f.write_str(
                "confirmed, but an edge that has just looked for an unknown kid waits before it looks again",
            )?,
            missing => {
                let plural = if self.reporting == 1 { "" } else { "s" };
                let names: Vec<_> = self.missing.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
                let names = names.join(", ");
                write!(f, "not confirmed by {missing} of {} region{plural}: {names}", self.reporting)?;
                if missing > NAMED {
                    write!(f, " and {} more", missing - NAMED)?;
                }
            }
        }
        self.safe_at.map_or(Ok(()), |at| write!(f, "; safe at {at}"))
    }
}

/// Returns the proof only if the set of this version, pushed at `published_at`, has reached every edge.
pub fn confirm(
    version: u64,
    published_at: Option<Timestamp>,
    regions: &[Region],
    policy: &Policy,
    now: Timestamp,
) -> Result<Confirmed, Unconfirmed> {
    let reporting: Vec<_> = regions.iter().filter(|region| !region.stale).collect();
    let missing: Vec<_> = reporting.iter().filter(|region| !region.has(version)).collect();
    let bound = published_at.map(|at| at.plus(policy.propagation_bound_secs()));
    let reached = match bound {
        None => false,
        Some(bound) if reporting.is_empty() => now >= bound,
        Some(_) => missing.is_empty(),
    };
    if let Some(published_at) = published_at.filter(|_| reached) {
        return Ok(Confirmed { regions: reporting.len(), published_at });
    }
    // A region is not waited for from the second after its last report has left the window.
    let forgotten =
        |region: &&&Region| region.last_report_at.plus(policy.propagation.report_window_secs).plus(1);
    Err(Unconfirmed {
        published: published_at.is_some(),
        reporting: reporting.len(),
        missing: missing.iter().map(|region| region.name.clone()).collect(),
        safe_at: bound.max(missing.iter().map(forgotten).max()).filter(|_| bound.is_some()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::START;

    const NEW: u64 = 7;

    fn report(region: &str, version: Option<u64>, reported_at: Timestamp) -> InstanceReport {
        InstanceReport { region: region.to_owned(), version, key_set_age_secs: 1, reported_at, roots: None }
    }

    /// Judges reports of a set that was published at `START`, `secs` later.
    fn judge(reports: &[InstanceReport], secs: u64) -> Result<Confirmed, Unconfirmed> {
        let (policy, now) = (Policy::default(), START.plus(secs));
        confirm(NEW, Some(START), &regions(reports, &policy, now), &policy, now)
    }

    fn missing(reports: &[InstanceReport], secs: u64) -> Vec<String> {
        judge(reports, secs).err().map(|unconfirmed| unconfirmed.missing).unwrap_or_default()
    }

    #[test]
    fn what_was_not_pushed_and_read_back_is_never_confirmed() {
        let policy = Policy::default();
        let now = START.plus(1_000_000);
        let regions = regions(&[report("fra", Some(NEW), now)], &policy, now);
        let unconfirmed = confirm(NEW, None, &regions, &policy, now).unwrap_err();
        assert!(!unconfirmed.published);
        assert_eq!(unconfirmed.safe_at, None);
        assert_eq!(unconfirmed.to_string(), "not pushed to the edge and read back yet");
    }

    #[test]
    fn where_no_region_reports_the_propagation_bound_decides() {
        let early = judge(&[], 129).unwrap_err();
        assert_eq!(early.safe_at, Some(START.plus(130)));
        assert!(judge(&[], 130).is_ok());
    }

    #[test]
    fn every_region_that_reports_must_have_the_version_or_a_later_one() {
        let both = [report("fra", Some(NEW), START), report("sin", Some(NEW + 1), START)];
        assert!(judge(&both, 5).is_ok());
        let one = [report("fra", Some(NEW), START), report("sin", Some(NEW - 1), START)];
        assert_eq!(missing(&one, 5), ["sin"]);
        // The bound says nothing against a region that is seen to lag.
        let lagging = [report("sin", Some(NEW - 1), START.plus(500))];
        assert_eq!(missing(&lagging, 500), ["sin"]);
    }

    #[test]
    fn the_message_names_who_is_missing_and_until_when() {
        let one = [report("fra", Some(NEW), START), report("sin", Some(NEW - 1), START)];
        let text = judge(&one, 5).unwrap_err().to_string();
        assert_eq!(text, "not confirmed by 1 of 2 regions: `sin`; safe at 2023-11-14T22:23:21Z");
    }

    #[test]
    fn the_promised_instant_keeps_its_promise() {
        let one = [report("fra", Some(NEW), START), report("sin", Some(NEW - 1), START)];
        let safe_at = judge(&one, 5).unwrap_err().safe_at.unwrap();
        assert!(judge(&one, safe_at.since(START) - 1).is_err());
        assert!(judge(&one, safe_at.since(START)).is_ok());
    }

    #[test]
    fn a_region_runs_the_lowest_version_of_its_live_instances() {
        let now = START.plus(20);
        let two = [report("fra", Some(NEW), now), report("fra", Some(NEW - 1), START.plus(1))];
        assert_eq!(missing(&two, 20), ["fra"]);
    }

    #[test]
    fn an_instance_that_is_silent_no_longer_counts_beside_a_live_one() {
        let now = START.plus(60);
        let two = [report("fra", Some(NEW), now), report("fra", Some(NEW - 1), START.plus(29))];
        assert!(judge(&two, 60).is_ok());
    }

    #[test]
    fn where_no_instance_is_live_the_last_one_stands_for_its_region() {
        let old_last = [report("fra", Some(NEW), START.plus(1)), report("fra", Some(NEW - 1), START.plus(2))];
        assert_eq!(missing(&old_last, 100), ["fra"]);
        let new_last = [report("fra", Some(NEW - 1), START.plus(1)), report("fra", Some(NEW), START.plus(2))];
        assert!(judge(&new_last, 100).is_ok());
    }

    #[test]
    fn a_confirmed_key_waits_until_every_isolate_may_look_for_an_unknown_kid_again() {
        let (policy, both) = (Policy::default(), [report("fra", Some(NEW), START.plus(2))]);
        let settle = |secs| judge(&both, secs).unwrap().settle(&policy, START.plus(secs));
        let early = settle(29).unwrap_err();
        assert_eq!(early.safe_at, Some(START.plus(30)));
        let text = "confirmed, but an edge that has just looked for an unknown kid waits before it looks again; \
                    safe at 2023-11-14T22:13:50Z";
        assert_eq!(early.to_string(), text);
        assert_eq!(settle(30).unwrap().pause_ended_at(&policy), START.plus(30));
    }

    #[test]
    fn an_instance_without_a_key_set_has_not_got_the_new_one() {
        assert_eq!(missing(&[report("fra", None, START)], 1), ["fra"]);
    }

    #[test]
    fn a_region_that_was_silent_for_longer_than_the_window_is_not_waited_for() {
        let silent = [report("sin", Some(NEW - 1), START)];
        assert_eq!(missing(&silent, 600), ["sin"]);
        assert!(judge(&silent, 601).is_ok());
    }
}
