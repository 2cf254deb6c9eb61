//! What an isolate has seen since it started. The server adds up what the isolates report.

use std::collections::BTreeMap;

use keystile_validator::Code;
use serde::Serialize;

use crate::{clock::Moment, gate::Passport, refusal::Refusal};

/// Requests counted by outcome. Cumulative, so that a report that is lost costs nothing.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Counters {
    accepted: u64,
    refused: BTreeMap<&'static str, u64>,
    by_kid: BTreeMap<String, u64>,
    unknown_kid: u64,
    /// When each key last verified a token, in seconds since 1970. Reported beside the counters.
    #[serde(skip)]
    last_seen_kids: BTreeMap<String, u64>,
}

impl Counters {
    /// Counts a token that was accepted.
    pub(crate) fn accept(&mut self, passport: &Passport, now: Moment) {
        self.accepted += 1;
        *self.by_kid.entry(passport.kid.clone()).or_default() += 1;
        self.last_seen_kids.insert(passport.kid.clone(), now.unix_time().as_secs());
    }

    /// Counts a request that was refused.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) {
        *self.refused.entry(refusal.code()).or_default() += 1;
        if matches!(refusal, Refusal::Token(error) if error.code() == Code::KidUnknown) {
            self.unknown_kid += 1;
        }
    }

    /// When each key last verified a token, in seconds since 1970.
    pub(crate) fn last_seen_kids(&self) -> &BTreeMap<String, u64> {
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
        let passport = Passport { subject: None, kid: "k1".to_owned() };
        counters.accept(&passport, Moment::from(UnixTime::from_secs(10)));
        counters.accept(&passport, Moment::from(UnixTime::from_secs(20)));
        counters.refuse(&Refusal::TokenAbsent);
        counters.refuse(&Refusal::Token(Code::KidUnknown.into()));
        assert_eq!(
            serde_json::to_value(&counters).unwrap(),
            serde_json::json!({
                "accepted": 2,
                "refused": {"token_absent": 1, "kid_unknown": 1},
                "by_kid": {"k1": 2},
                "unknown_kid": 1,
            })
        );
        assert_eq!(counters.last_seen_kids().get("k1"), Some(&20));
    }
}
