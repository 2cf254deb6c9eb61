//! What one instance of a gateway has seen since it started. The server adds up what the instances report.

use std::collections::BTreeMap;

use keystile_validator::Code;
use serde::Serialize;

use crate::{gateway::Pass, moment::Moment, refusal::Refusal};

/// How many keys are counted apart, and how many pairs of a key and the code of a refusal: what the admin server takes of
/// one instance, and a third of it would be many.
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
    /// Refused tokens that name a key that the key set has or had, by that key and by code.
    refused_by_kid: BTreeMap<String, BTreeMap<&'static str, u64>>,
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
        let Refusal::Token(token) = refusal else { return };
        if token.code() == Code::KidUnknown {
            self.unknown_kid += 1;
        }
        if let Some(kid) = token.kid() {
            self.refuse_key(kid.as_str(), refusal.code());
        }
    }

    /// Whoever makes tokens names what they like, so only keys that the key set knows get here.
    fn refuse_key(&mut self, kid: &str, code: &'static str) {
        let pairs = || self.refused_by_kid.values().map(BTreeMap::len).sum::<usize>();
        let is_counted = self.refused_by_kid.get(kid).is_some_and(|codes| codes.contains_key(code));
        if is_counted || pairs() < KIDS {
            *self.refused_by_kid.entry(kid.to_owned()).or_default().entry(code).or_default() += 1;
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
                "refused_by_kid": {},
                "without_kid": {"k1": 1},
                "unknown_kid": 1,
            })
        );
        assert_eq!(counters.last_seen_kids().get("k1"), Some(&20));
    }

    #[test]
    fn refusals_are_counted_by_kid_and_code_and_no_more_pairs_than_the_server_takes() {
        let mut counters = Counters::default();
        for kid in 0..KIDS - 1 {
            counters.refuse_key(&kid.to_string(), "token_expired");
        }
        for _ in 0..2 {
            counters.refuse_key("0", "key_revoked");
            counters.refuse_key("0", "signature_invalid");
            counters.refuse_key("one more", "token_expired");
        }
        let counted = &counters.refused_by_kid;
        assert_eq!(counted.values().map(BTreeMap::len).sum::<usize>(), KIDS);
        assert_eq!(counted["0"], BTreeMap::from([("token_expired", 1), ("key_revoked", 2)]));
        assert!(!counted.contains_key("one more"));
    }
}
