use anyhow::Result;

use super::Outcome;
use super::checks::end_to_end_cases;
use crate::place::Place;
use crate::promtool::{Promtool, promtool};

/// Prometheus' own judgement of what the server serves, and of the rules that are shipped.
pub(super) fn alert_rules(place: &Place) -> Result<Outcome> {
    match promtool(place)? {
        Promtool::Missing(reason) => Ok(Outcome::Skipped(reason)),
        Promtool::At(_) => end_to_end_cases(place, "monitoring", &["rules::"]),
    }
}

/// What receivers of other makes are told.
pub(super) fn told(place: &Place) -> Result<Outcome> {
    end_to_end_cases(place, "monitoring", &["notifications::"])
}
