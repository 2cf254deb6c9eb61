//! Why a request is decided about as it is, for the person who writes the policy.

use crate::{
    gateway::Decision,
    policy::{GatewayPolicy, Preflight},
    refusal::Refusal,
    request::RequestHead,
    route::{Mismatch, Target},
    rule::{Judge, Rule},
};

/// The way to a decision.
#[derive(Debug)]
pub struct Explanation<'p> {
    /// Every route that was looked at, in order; the last is the one that decides, if any matches.
    pub tried: Vec<Tried<'p>>,
    /// What became of every demand of that route, each alone.
    pub verdicts: Vec<Verdict<'p>>,
    /// The decision.
    pub decision: Decision<'p>,
}

/// A route that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried<'p> {
    /// The route's name.
    pub route: &'p str,
    /// What does not fit; `None` if it matches.
    pub mismatch: Option<Mismatch>,
}

/// What became of one demand.
#[derive(Debug)]
pub struct Verdict<'p> {
    /// The provider whose token is demanded.
    pub provider: &'p str,
    /// Why it is not met; `None` if it is.
    pub refusal: Option<Refusal>,
}

impl Explanation<'_> {
    /// Whether a token was presented that could not be judged without keys.
    pub fn needs_keys(&self) -> bool {
        self.verdicts.iter().any(|verdict| verdict.refusal == Some(Refusal::KeySetUnavailable))
    }
}

impl GatewayPolicy {
    /// Decides about a request, and says how.
    pub fn explain(&self, head: &RequestHead<'_>, judge: &impl Judge) -> Explanation<'_> {
        let preflight = head.preflight().filter(|_| self.preflight == Preflight::Pass);
        let mut target = Target::new(head, preflight.unwrap_or(head.method), self.path_case);
        let mut mismatches = Vec::new();
        let found = self.find_route(&mut target, |_, checked| mismatches.push(checked.err()));
        let tried = self.routes.iter().zip(mismatches);
        let tried = tried.map(|(route, mismatch)| Tried { route: route.id(), mismatch }).collect();
        let rule = found.ok().and_then(|route| route.rule.as_ref()).filter(|_| preflight.is_none());
        let demands = rule.map(Rule::demands).unwrap_or_default().into_iter();
        let verdicts = demands.map(|demand| Verdict {
            provider: demand.provider().name(),
            refusal: demand.judge(head, judge).err(),
        });
        Explanation { tried, verdicts: verdicts.collect(), decision: self.decide(head, judge) }
    }
}
