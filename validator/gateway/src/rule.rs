//! What a request must present, and whether it does.

use std::sync::Arc;

use keystile_validator::{Code, Policy as TokenPolicy};

use crate::{
    believed::Believed,
    policy::Provider,
    refusal::Refusal,
    refused_token::RefusedToken,
    request::RequestHead,
    rights::Rights,
    token_source::{Presented, TokenSource},
};

/// A requirement over tokens.
#[derive(Debug)]
pub(crate) enum Rule {
    /// One token that is believed and grants enough.
    Demand(Box<Demand>),
    /// One of these is enough. Not empty.
    Any(Vec<Rule>),
    /// All of these are needed. Not empty.
    All(Vec<Rule>),
    /// This is needed if there is a token at all.
    Optional(Box<Rule>),
}

/// What one token must be, and grant.
#[derive(Debug)]
pub(crate) struct Demand {
    pub(crate) profile: Profile,
    pub(crate) provider: Arc<Provider>,
    pub(crate) rights: Rights,
}

/// One way of judging tokens by a provider's keys: what the validator is told.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) index: usize,
    pub(crate) provider: usize,
    pub(crate) policy: TokenPolicy,
}

impl Profile {
    /// Its position among [`GatewayPolicy::profiles`](crate::GatewayPolicy::profiles).
    pub fn index(&self) -> usize {
        self.index
    }

    /// The position of its provider among [`GatewayPolicy::providers`](crate::GatewayPolicy::providers).
    pub fn provider(&self) -> usize {
        self.provider
    }

    /// What the validator is told.
    pub fn policy(&self) -> &TokenPolicy {
        &self.policy
    }
}

/// Believes tokens, or does not: the key sets behind the gateway.
pub trait Judge {
    /// Whether `token` is to be believed by the keys of the profile's provider.
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust>;
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// There is nothing to judge it by.
    NoKeySet,
    /// It is refused.
    Token(RefusedToken),
}

impl<T: Into<RefusedToken>> From<T> for Distrust {
    fn from(refused: T) -> Self {
        Self::Token(refused.into())
    }
}

impl Rule {
    /// The tokens that meet the rule, or why none do.
    pub(crate) fn judge(
        &self,
        head: &RequestHead<'_>,
        judge: &impl Judge,
    ) -> Result<Vec<Arc<Believed>>, Refusal> {
        match self {
            Self::Demand(demand) => demand.judge(head, judge).map(|believed| vec![believed]),
            Self::Any(rules) => {
                if self.presented(head) == Presented::Several {
                    return Err(Refusal::TokenAmbiguous);
                }
                first_met(rules, head, judge)
            }
            Self::All(rules) => {
                let met: Result<Vec<_>, _> = rules.iter().map(|rule| rule.judge(head, judge)).collect();
                met.map(|met| met.into_iter().flatten().collect())
            }
            Self::Optional(rule) if rule.presented(head) == Presented::Nothing => Ok(Vec::new()),
            Self::Optional(rule) => rule.judge(head, judge),
        }
    }

    /// Every demand, however deep.
    pub(crate) fn demands(&self) -> Vec<&Demand> {
        match self {
            Self::Demand(demand) => vec![demand],
            Self::Any(rules) | Self::All(rules) => rules.iter().flat_map(Self::demands).collect(),
            Self::Optional(rule) => rule.demands(),
        }
    }

    fn presented<'a>(&self, head: &RequestHead<'a>) -> Presented<'a> {
        let mut sources: Vec<&TokenSource> = Vec::new();
        for source in self.demands().into_iter().flat_map(|demand| &demand.provider.sources) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Presented::by(head, sources)
    }
}

impl Demand {
    pub(crate) fn provider(&self) -> &Provider {
        &self.provider
    }

    pub(crate) fn judge(&self, head: &RequestHead<'_>, judge: &impl Judge) -> Result<Arc<Believed>, Refusal> {
        let token = match Presented::by(head, &self.provider.sources) {
            Presented::Token(token) => token,
            Presented::Nothing => return Err(Refusal::TokenAbsent),
            Presented::Several => return Err(Refusal::TokenAmbiguous),
        };
        let believed = judge.judge(&self.profile, &token)?;
        if self.rights.are_granted_by(&believed.claims, &self.provider.rights_claims) {
            Ok(believed)
        } else {
            Err(Refusal::InsufficientScope { scopes: self.rights.scopes.clone() })
        }
    }
}

fn first_met(
    rules: &[Rule],
    head: &RequestHead<'_>,
    judge: &impl Judge,
) -> Result<Vec<Arc<Believed>>, Refusal> {
    let mut furthest = Refusal::TokenAbsent;
    for rule in rules {
        match rule.judge(head, judge) {
            Ok(met) => return Ok(met),
            Err(refusal) if progress(&refusal) >= progress(&furthest) => furthest = refusal,
            Err(_) => {}
        }
    }
    Err(furthest)
}

/// How far a request got before it was refused: of several refusals, the last one is about the token that the client
/// meant. A provider without keys might have believed what the others do not know.
fn progress(refusal: &Refusal) -> (u8, Option<Code>) {
    match refusal {
        Refusal::TokenAbsent => (0, None),
        Refusal::Token(token) if token.code() <= Code::KidUnknown && token.code() != Code::KeySetExpired => {
            (1, Some(token.code()))
        }
        Refusal::KeySetUnavailable => (2, None),
        Refusal::Token(token) => (3, Some(token.code())),
        _ => (4, None),
    }
}
