use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What a simulation counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Gradual rotations that came to their end.
    pub rotations: u64,
    /// How often a good token was presented during them.
    pub good_tokens: u64,
    /// How often one of those was refused.
    pub good_refused: u64,
    /// Why, by the validator's code.
    pub refusals: BTreeMap<&'static str, u64>,
    /// How often an unknown `kid` made an isolate look for a newer set.
    pub chases: u64,
    /// How often somebody presented a `kid` that there is not.
    pub made_up: u64,
    /// How often a server was stopped and started again.
    pub restarts: u64,
    /// Reports of isolates that were lost.
    pub reports_lost: u64,
    /// Seconds that passed in the simulated worlds.
    pub simulated_secs: u64,
    /// Emergencies.
    pub emergencies: u64,
    /// How often a token of the revoked key was presented after the command.
    pub revoked_presented: u64,
    /// How often one was accepted later after the command than the stated bound.
    pub revoked_accepted_after_bound: u64,
    /// The stated bound.
    pub bound_secs: u64,
    /// For each emergency, the seconds from the command until every isolate refused the revoked key.
    pub seconds_to_last_refusal: Vec<u64>,
}

impl Figures {
    /// Adds what another world counted.
    pub fn add(&mut self, other: &Self) {
        self.rotations += other.rotations;
        self.good_tokens += other.good_tokens;
        self.good_refused += other.good_refused;
        for (code, count) in &other.refusals {
            *self.refusals.entry(code).or_default() += count;
        }
        self.chases += other.chases;
        self.made_up += other.made_up;
        self.restarts += other.restarts;
        self.reports_lost += other.reports_lost;
        self.simulated_secs += other.simulated_secs;
        self.emergencies += other.emergencies;
        self.revoked_presented += other.revoked_presented;
        self.revoked_accepted_after_bound += other.revoked_accepted_after_bound;
        self.bound_secs = self.bound_secs.max(other.bound_secs);
        self.seconds_to_last_refusal.extend(&other.seconds_to_last_refusal);
    }

    /// Whether everything promised was kept.
    pub fn hold(&self) -> bool {
        self.good_refused == 0 && self.revoked_accepted_after_bound == 0
    }

    /// The figures as JSON.
    pub fn to_json(&self) -> Value {
        let mut sorted = self.seconds_to_last_refusal.clone();
        sorted.sort_unstable();
        json!({
            "rotations": self.rotations,
            "good_tokens": self.good_tokens,
            "good_refused": self.good_refused,
            "refusals": self.refusals,
            "chases": self.chases,
            "made_up": self.made_up,
            "restarts": self.restarts,
            "reports_lost": self.reports_lost,
            "simulated_secs": self.simulated_secs,
            "emergencies": self.emergencies,
            "revoked_presented": self.revoked_presented,
            "revoked_accepted_after_bound": self.revoked_accepted_after_bound,
            "bound_secs": self.bound_secs,
            "seconds_to_last_refusal": {
                "median": percentile(&sorted, 50),
                "p99": percentile(&sorted, 99),
                "max": sorted.last(),
            },
        })
    }
}

/// The smallest value that so many percent of all do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}
