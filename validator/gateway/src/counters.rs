//! What one instance of a gateway has seen since it started. The server adds up what the instances report.

use std::collections::BTreeMap;

use keystile_validator::Code;
use serde::Serialize;

use crate::{gateway::Pass, moment::Moment, refusal::Refusal};

/// How many keys are counted apart: what the admin server takes of one instance, and a third of it would be many.
const KIDS: usize = 200;

/// Requests counted by outcome. Cumulative, so that a report that is lost costs nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Counters {
    accepted: u64,
    /// Requests that passed without a token that was demanded, by what enforcing would have said.
    shadowed: BTreeMap<&'static str, u64>,
    /// What became of the requests of each route.
    by_route: BTreeMap<String, RouteCounters>,
    refused: BTreeMap<&'static str, u64>,
    by_kid: BTreeMap<String, u64>,
    /// Tokens among those accepted that do not name their key, by the key that verified them.
    without_kid: BTreeMap<String, u64>,
    unknown_kid: u64,
    /// When each key last verified a token, in seconds since 1970. Reported beside the counters.
    #[serde(skip)]
    last_seen_kids: BTreeMap<String, u64>,
}

/// Requests of one route, counted by outcome.
#[derive(Clone, Debug, Default, Serialize)]
struct RouteCounters {
    passed: u64,
    refused: u64,
    shadowed: u64,
}

impl Counters {
    /// Counts a request that passes, and the tokens that it was let through for.
    pub fn pass(&mut self, pass: &Pass<'_>, now: Moment) {
        self.route(pass.route.id()).passed += 1;
        if let Some(refusal) = &pass.shadowed {
            *self.shadowed.entry(refusal.code()).or_default() += 1;
            self.route(pass.route.id()).shadowed += 1;
        }
        for believed in &pass.believed {
            self.accept(believed.kid(), believed.names_key(), now);
        }
    }

    /// Counts a request that was refused, by its route if it has one.
    pub fn refuse(&mut self, route: Option<&str>, refusal: &Refusal) {
        if let Some(route) = route {
            self.route(route).refused += 1;
        }
        *self.refused.entry(refusal.code()).or_default() += 1;
        if matches!(refusal, Refusal::Token(error) if error.code() == Code::KidUnknown) {
            self.unknown_kid += 1;
        }
    }

    /// There are as many routes as the policy has: the memory has an end.
    fn route(&mut self, id: &str) -> &mut RouteCounters {
        self.by_route.entry(id.to_owned()).or_default()
    }

    fn accept(&mut self, kid: &str, names_key: bool, now: Moment) {
        self.accepted += 1;
        // An identity provider may change its keys as often as it likes.
        if self.by_kid.len() >= KIDS && !self.by_kid.contains_key(kid) {
            return;
        }
        *self.by_kid.entry(kid.to_owned()).or_default() += 1;
        if !names_key {
            *self.without_kid.entry(kid.to_owned()).or_default() += 1;
        }
        self.last_seen_kids.insert(kid.to_owned(), now.unix_time().as_secs());
    }

    /// When each key last verified a token, in seconds since 1970.
    pub fn last_seen_kids(&self) -> &BTreeMap<String, u64> {
        &self.last_seen_kids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keystile_validator::UnixTime;

    #[test]
    fn outcomes_are_counted_by_kid_and_by_code() {
        let mut counters = Counters::default();
        counters.accept("k1", true, Moment::from(UnixTime::from_secs(10)));
        counters.accept("k1", false, Moment::from(UnixTime::from_secs(20)));
        counters.refuse(Some("all"), &Refusal::TokenAbsent);
        counters.refuse(None, &Refusal::Token(Code::KidUnknown.into()));
        assert_eq!(
            serde_json::to_value(&counters).unwrap(),
            serde_json::json!({
                "accepted": 2,
                "shadowed": {},
                "by_route": {"all": {"passed": 0, "refused": 1, "shadowed": 0}},
                "refused": {"token_absent": 1, "kid_unknown": 1},
                "by_kid": {"k1": 2},
                "without_kid": {"k1": 1},
                "unknown_kid": 1,
            })
        );
        assert_eq!(counters.last_seen_kids().get("k1"), Some(&20));
    }
}
