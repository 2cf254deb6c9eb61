//! Which requests a rule is for.

use serde::Deserialize;

use crate::{
    host::{Host, HostPattern},
    path::{AmbiguousPath, CanonicalPath, PathCase, PathPattern},
    request::RequestHead,
    rule::Rule,
};

/// A route of a policy: the requests it is for, and what they must present.
#[derive(Debug)]
pub struct Route {
    pub(crate) id: String,
    pub(crate) hosts: Option<Vec<HostPattern>>,
    pub(crate) methods: Option<Vec<Method>>,
    pub(crate) path: Option<PathPattern>,
    /// `None` if it takes everybody.
    pub(crate) rule: Option<Rule>,
    pub(crate) action: Action,
}

/// Whether a refusal is a refusal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is.
    #[default]
    Enforce,
    /// The request passes, without any word about a token, and what would have been refused is counted and logged.
    Shadow,
}

/// What of a route does not fit a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// The request is for another host.
    Host,
    /// It has another method.
    Method,
    /// It has another path.
    Path,
}

impl Route {
    /// The name in logs and reports.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether a refusal is a refusal.
    pub fn action(&self) -> Action {
        self.action
    }

    /// The positions of the providers whose tokens it takes, each once.
    pub fn providers(&self) -> Vec<usize> {
        let mut providers: Vec<usize> = Vec::new();
        for demand in self.rule.as_ref().map(Rule::demands).unwrap_or_default() {
            if !providers.contains(&demand.profile.provider()) {
                providers.push(demand.profile.provider());
            }
        }
        providers
    }

    /// Whether every request matches.
    pub(crate) fn is_for_all(&self) -> bool {
        self.hosts.is_none() && self.methods.is_none() && self.path.as_ref().is_none_or(PathPattern::is_any)
    }

    pub(crate) fn check(&self, target: &mut Target<'_>) -> Result<Result<(), Mismatch>, AmbiguousPath> {
        if let Some(hosts) = &self.hosts {
            let is_one = |host: &Host| hosts.iter().any(|pattern| pattern.matches(host));
            if !target.host.as_ref().is_some_and(is_one) {
                return Ok(Err(Mismatch::Host));
            }
        }
        if self.methods.as_ref().is_some_and(|all| !all.iter().any(|it| it.includes(target.method))) {
            return Ok(Err(Mismatch::Method));
        }
        let Some(pattern) = &self.path else { return Ok(Ok(())) };
        Ok(if target.path_matches(pattern)? { Ok(()) } else { Err(Mismatch::Path) })
    }
}

/// What routes look at. The path is taken apart when the first route asks for it.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    host: Option<Host>,
    method: &'a str,
    raw_path: &'a str,
    path: Option<CanonicalPath>,
    case: PathCase,
}

impl<'a> Target<'a> {
    pub(crate) fn new(head: &RequestHead<'a>, method: &'a str, case: PathCase) -> Self {
        Self { host: Host::parse(head.host), method, raw_path: head.path, path: None, case }
    }

    fn path_matches(&mut self, pattern: &PathPattern) -> Result<bool, AmbiguousPath> {
        let path = match self.path.take() {
            Some(path) => path,
            None => CanonicalPath::parse(self.raw_path)?,
        };
        let matches = pattern.matches(&path, self.case);
        self.path = Some(path);
        Ok(matches)
    }
}

/// A method, whose name has a case (RFC 9110 section 9.1).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Method(String);

/// A method that no request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a method is written in capitals, such as `GET`")]
pub(crate) struct MethodError;

impl Method {
    /// Whether a request with `method` counts. A `HEAD` asks for nothing that a `GET` would not give.
    fn includes(&self, method: &str) -> bool {
        self.0 == method || (self.0 == "GET" && method == "HEAD")
    }
}

impl TryFrom<String> for Method {
    type Error = MethodError;

    fn try_from(method: String) -> Result<Self, Self::Error> {
        let is_valid = !method.is_empty() && method.bytes().all(|it| it.is_ascii_uppercase() || it == b'-');
        if is_valid { Ok(Self(method)) } else { Err(MethodError) }
    }
}
