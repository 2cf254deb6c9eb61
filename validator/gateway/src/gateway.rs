//! The decision about a request.

use std::sync::Arc;

use crate::{
    believed::Believed,
    policy::{Forwarding, GatewayPolicy, Preflight},
    refusal::Refusal,
    request::RequestHead,
    route::{Action, Mismatch, Route, Target},
    rule::{Demand, Judge, Rule},
    token_source::{TokenSource, without_cookies, without_parameters},
};

/// What is to be done with a request.
#[derive(Debug)]
pub enum Decision<'p> {
    /// It goes to the origin, changed as [`Pass`] says.
    Pass(Box<Pass<'p>>),
    /// It does not.
    Refuse {
        /// The route that refused it; `None` if none is for it.
        route: Option<&'p Route>,
        /// Why.
        refusal: Refusal,
    },
}

impl<'p> Decision<'p> {
    /// The route that decided; `None` if none is for the request.
    pub fn route(&self) -> Option<&'p Route> {
        match self {
            Self::Pass(pass) => Some(pass.route),
            Self::Refuse { route, .. } => *route,
        }
    }

    /// Why the request is refused, or would be if its route enforced anything.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Pass(pass) => pass.shadowed.as_ref(),
            Self::Refuse { refusal, .. } => Some(refusal),
        }
    }
}

/// How a request goes to the origin.
#[derive(Debug)]
pub struct Pass<'p> {
    /// The route that let it through.
    pub route: &'p Route,
    /// The headers to take out, as the request spells them.
    pub remove: Vec<String>,
    /// The headers to set afterwards, in lower case.
    pub set: Vec<(String, String)>,
    /// The query in the place of the request's own, if that has to lose a token: `Some(None)` for none at all.
    pub query: Option<Option<String>>,
    /// The tokens that are believed. None where none is needed.
    pub believed: Vec<Arc<Believed>>,
    /// Why it would have been refused, if its route enforced anything.
    pub shadowed: Option<Refusal>,
}

impl GatewayPolicy {
    /// Decides about a request. Whatever no route lets through is refused.
    pub fn decide(&self, head: &RequestHead<'_>, judge: &impl Judge) -> Decision<'_> {
        let preflight = head.preflight().filter(|_| self.preflight == Preflight::Pass);
        let mut target = Target::new(head, preflight.unwrap_or(head.method), self.path_case);
        let route = match self.find_route(&mut target, |_, _| {}) {
            Ok(route) => route,
            Err(refusal) => return Decision::Refuse { route: None, refusal },
        };
        let rule = if preflight.is_some() { None } else { route.rule.as_ref() };
        match rule.map_or(Ok(Vec::new()), |rule| rule.judge(head, judge)) {
            Ok(believed) => Decision::Pass(Box::new(self.pass(head, route, believed, None))),
            Err(refusal) if route.action == Action::Shadow => {
                Decision::Pass(Box::new(self.pass(head, route, Vec::new(), Some(refusal))))
            }
            Err(refusal) => Decision::Refuse { route: Some(route), refusal },
        }
    }

    /// The first route that matches. `tried` is told of every route that was looked at.
    pub(crate) fn find_route(
        &self,
        target: &mut Target<'_>,
        mut tried: impl FnMut(&Route, Result<(), Mismatch>),
    ) -> Result<&Route, Refusal> {
        for route in &self.routes {
            let checked = route.check(target).map_err(Refusal::PathAmbiguous)?;
            tried(route, checked);
            if checked.is_ok() {
                return Ok(route);
            }
        }
        Err(Refusal::NoRoute)
    }

    fn pass<'p>(
        &'p self,
        head: &RequestHead<'_>,
        route: &'p Route,
        believed: Vec<Arc<Believed>>,
        shadowed: Option<Refusal>,
    ) -> Pass<'p> {
        let reserved = head.headers.iter().filter(|(name, _)| self.reserved.include(name));
        let mut pass = Pass {
            route,
            remove: reserved.map(|(name, _)| (*name).to_owned()).collect(),
            set: Vec::new(),
            query: None,
            believed,
            shadowed,
        };
        for (name, value) in pass.believed.iter().flat_map(|believed| believed.headers()) {
            // Of two tokens that say the same header, the one that the rule names first is heard.
            if !pass.set.iter().any(|(known, _)| known == name) {
                pass.set.push((name.clone(), value.clone()));
            }
        }
        if !pass.believed.is_empty() {
            let demands = route.rule.as_ref().map(Rule::demands).unwrap_or_default();
            let stripping =
                demands.into_iter().map(Demand::provider).filter(|it| it.forwarding == Forwarding::Strip);
            pass.strip_tokens(head, stripping.flat_map(|provider| &provider.sources));
        }
        pass
    }
}

impl Pass<'_> {
    fn strip_tokens<'s>(&mut self, head: &RequestHead<'_>, sources: impl Iterator<Item = &'s TokenSource>) {
        let (mut cookies, mut parameters) = (Vec::new(), Vec::new());
        for source in sources {
            match source {
                TokenSource::Bearer => self.remove.push("authorization".to_owned()),
                TokenSource::Header(name) => {
                    self.remove.extend(name.found_in(head).map(|(found, _)| found.to_owned()));
                }
                TokenSource::Cookie(name) => cookies.push(name.as_str()),
                TokenSource::Query(name) => parameters.push(name.as_str()),
            }
        }
        if !cookies.is_empty() {
            self.remove.push("cookie".to_owned());
            self.set.extend(without_cookies(head, &cookies).map(|kept| ("cookie".to_owned(), kept)));
        }
        if !parameters.is_empty() {
            self.query = head.query.map(|query| without_parameters(query, &parameters));
        }
    }
}
