//! The keys that everything else is believed for, and the gate in front of a new one.

use std::fmt;

use keystile_validator::PublicKey;

use super::{Region, Timestamp};

/// A root key, as this server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The public half; its thumbprint is the kid.
    pub public: PublicKey,
    /// When the server came to know it.
    pub announced_at: Timestamp,
    /// When it stopped vouching for anything.
    pub withdrawn_at: Option<Timestamp>,
    /// Whether the private half is on this server.
    pub has_private_key: bool,
}

impl Root {
    /// The RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        self.public.thumbprint().as_str()
    }
}

/// Not every edge is known to believe a root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPinned {
    /// The root.
    pub root: String,
    /// How many regions report.
    pub reporting: usize,
    /// Those that do not say that they have pinned it.
    pub missing: Vec<String>,
}

impl fmt::Display for NotPinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { root, reporting, missing } = self;
        if *reporting == 0 {
            return write!(f, "no region reports, so nobody knows whether the root `{root}` is pinned");
        }
        let plural = if *reporting == 1 { "" } else { "s" };
        let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        write!(
            f,
            "the root `{root}` is not known to be pinned by {} of {reporting} region{plural}: {names}",
            missing.len()
        )
    }
}

/// Returns `Ok` only if every region that reports says that it has pinned this root, and one does.
///
/// A key set that an edge does not believe is a key set that it does not have, so nothing is signed under a root before
/// that.
pub fn check_pinned(root: &str, regions: &[Region]) -> Result<(), NotPinned> {
    let reporting: Vec<_> = regions.iter().filter(|region| !region.stale).collect();
    let missing: Vec<_> = reporting
        .iter()
        .filter(|region| !region.has_pinned(root))
        .map(|region| region.name.clone())
        .collect();
    if missing.is_empty() && !reporting.is_empty() {
        return Ok(());
    }
    Err(NotPinned { root: root.to_owned(), reporting: reporting.len(), missing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::START;
    use crate::domain::{InstanceReport, Policy, regions};

    fn report(region: &str, roots: Option<&[&str]>) -> InstanceReport {
        InstanceReport {
            region: region.to_owned(),
            version: Some(1),
            key_set_age_secs: 1,
            reported_at: START,
            roots: roots.map(|kids| kids.iter().map(ToString::to_string).collect()),
        }
    }

    fn judge(reports: &[InstanceReport], secs: u64) -> Result<(), NotPinned> {
        check_pinned("new", &regions(reports, &Policy::default(), START.plus(secs)))
    }

    #[test]
    fn a_root_is_pinned_when_every_instance_that_counts_says_so() {
        let both = [report("fra", Some(&["old", "new"])), report("sin", Some(&["new"]))];
        assert_eq!(judge(&both, 1), Ok(()));
        let one_instance_lags = [report("fra", Some(&["old", "new"])), report("fra", Some(&["old"]))];
        let text = judge(&one_instance_lags, 1).unwrap_err().to_string();
        assert_eq!(text, "the root `new` is not known to be pinned by 1 of 1 region: `fra`");
    }

    #[test]
    fn an_edge_that_does_not_say_what_it_has_pinned_counts_as_one_that_has_not() {
        let silent = [report("fra", Some(&["new"])), report("sin", None)];
        assert_eq!(judge(&silent, 1).unwrap_err().missing, ["sin"]);
    }

    #[test]
    fn where_nobody_reports_nothing_is_known() {
        assert_eq!(judge(&[], 1).unwrap_err().reporting, 0);
        let gone = [report("fra", Some(&["new"]))];
        assert_eq!(judge(&gone, 601).unwrap_err().reporting, 0);
    }
}
