//! What one instance of a gateway tells the admin server, which lets a new key sign only after every region has it.

use std::{collections::BTreeMap, time::Duration};

use keystile_validator::RootKeys;
use serde::Serialize;

use crate::{counters::Counters, keyring::Keyring, moment::Moment};

/// The rhythm of reports while there is traffic.
const INTERVAL: Duration = Duration::from_secs(10);

/// When the last report was sent, and of which version.
#[derive(Debug, Default)]
pub struct ReportClock {
    last: Option<(Moment, u64)>,
}

impl ReportClock {
    /// Whether to send a report of `version` at `now`: at once if it is a new one, and otherwise every ten seconds.
    /// A report that is due counts as sent, so that a server that fails is not asked more often.
    pub fn take_due(&mut self, version: u64, now: Moment) -> bool {
        let is_due =
            self.last.is_none_or(|(sent, reported)| reported != version || now.since(sent) >= INTERVAL);
        if is_due {
            self.last = Some((now, version));
        }
        is_due
    }
}

/// The body of a report, as `POST /v1/issuers/{id}/reports` takes it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    region: &'a str,
    instance: &'a str,
    version: u64,
    key_set_age_seconds: Option<u64>,
    counters: &'a Counters,
    last_seen_kids: &'a BTreeMap<String, u64>,
    /// The roots pinned here: the server signs nothing under another one before every region has it.
    roots: Vec<&'a str>,
}

impl<'a> Report<'a> {
    /// What `instance` in `region` has to say about `keyring`, whose set is of `version`.
    pub fn new(
        (region, instance): (&'a str, &'a str),
        (keyring, version): (&Keyring, u64),
        roots: &'a RootKeys,
        counters: &'a Counters,
        now: Moment,
    ) -> Self {
        Self {
            region,
            instance,
            version,
            key_set_age_seconds: keyring.age(now).map(|age| age.as_secs()),
            counters,
            last_seen_kids: counters.last_seen_kids(),
            roots: roots.keys().iter().map(|root| root.thumbprint().as_str()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystile_validator::UnixTime;

    fn at(secs: u64) -> Moment {
        Moment::from(UnixTime::from_secs(secs))
    }

    #[test]
    fn a_new_version_is_reported_at_once() {
        let mut clock = ReportClock::default();
        assert!(clock.take_due(1, at(100)));
        assert!(clock.take_due(2, at(100)));
    }

    #[test]
    fn the_same_version_is_reported_every_ten_seconds() {
        let mut clock = ReportClock::default();
        assert!(clock.take_due(1, at(100)));
        assert!(!clock.take_due(1, at(109)));
        assert!(clock.take_due(1, at(110)));
        assert!(!clock.take_due(1, at(119)));
    }
}
