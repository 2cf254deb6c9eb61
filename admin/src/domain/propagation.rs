//! Whether a key set has reached every edge.
//!
//! 1. It must have been pushed and read back.
//! 2. Every region that reported within the report window must run at least that version. A region runs the lowest
//!    version among its live instances: they refresh independently. An instance that was silent for longer than
//!    [`LIVE_SECS`] is not live, since it must read again before it judges; where a region has no live instance, the
//!    one that reported last stands for it.
//! 3. Where no region reports, the propagation bound must have passed.

use std::collections::BTreeMap;
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
}

impl Region {
    /// Whether the region runs `version` or a later one.
    pub fn has(&self, version: u64) -> bool {
        self.version.is_some_and(|runs| runs >= version)
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
    })
}

/// The proof that a key set has reached every edge. Only [`confirm`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed(());

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

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.published {
            return f.write_str("not pushed to the edge and read back yet");
        }
        match self.missing.len() {
            0 => f.write_str("no region reports, and the propagation bound has not passed")?,
            missing => {
                let plural = if self.reporting == 1 { "" } else { "s" };
                let names =
                    self.missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                write!(f, "not confirmed by {missing} of {} region{plural}: {names}", self.reporting)?;
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
    if reached {
        return Ok(Confirmed(()));
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
