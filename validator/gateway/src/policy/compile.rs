//! From what a document says to a policy that can be used.

use std::sync::Arc;

use keystile_validator::{Expected, Policy as TokenPolicy, PolicyError};

use super::{
    GatewayPolicy, Provider,
    document::{Audience, Document, OneOrMany, ProviderEntry, RequirementEntry, RouteEntry, RuleEntry},
    fault::{Misstatement, Place, PolicyFault},
    provider::provider,
};
use crate::{
    header::ReservedHeaders,
    refusal::is_quotable,
    rights::Rights,
    route::Route,
    rule::{Demand, Profile, Rule},
};

/// A policy of a thousand routes has about 200 KiB. A larger one is a mistake, and every isolate would have to read it.
const MAX_BYTES: usize = 256 * 1024;

/// Every request may have to be compared with all of them.
const MAX_ROUTES: usize = 1000;

/// Each has a key set, and the memory of an isolate is small.
const MAX_PROVIDERS: usize = 32;

/// Each level is a call of a function; nobody reads deeper ones.
const MAX_RULE_DEPTH: usize = 8;

pub(super) type Compiled<T> = Result<T, Misstatement>;

pub(super) fn read(json: &str) -> Result<GatewayPolicy, PolicyFault> {
    let in_document = |misstatement| PolicyFault::in_document(json, misstatement);
    if json.len() > MAX_BYTES {
        let problem = format!("the policy is longer than {MAX_BYTES} bytes; split it between gateways");
        return Err(in_document(Place::root().wrong(problem)));
    }
    let document: Document = serde_json::from_str(json).map_err(|error| PolicyFault::of_json(&error))?;
    policy(document).map_err(in_document)
}

fn policy(document: Document) -> Compiled<GatewayPolicy> {
    let root = Place::root();
    if document.format != 1 {
        return Err(root.at("format").wrong("this gateway reads policies of the format 1"));
    }
    let (providers, routes) = (root.at("providers"), root.at("routes"));
    let mut compiler = Compiler::new(document.providers.0, &providers)?;
    if !(1..=MAX_ROUTES).contains(&document.routes.len()) {
        return Err(routes.wrong(format!("there must be a route, and {MAX_ROUTES} at most")));
    }
    let mut compiled: Vec<Route> = Vec::with_capacity(document.routes.len());
    for (index, entry) in document.routes.into_iter().enumerate() {
        let place = routes.at(index);
        if compiled.iter().any(|route| route.id == entry.id) {
            return Err(place.at("id").wrong(format!("another route has the id `{}`", entry.id)));
        }
        compiled.push(compiler.route(entry, &place)?);
    }
    compiler.check_every_provider_is_demanded(&providers)?;
    let first = compiler.providers.first().map(|provider| provider.issuer.clone());
    let realm = document.realm.or(first).unwrap_or_default();
    if !realm.bytes().all(is_quotable) {
        return Err(root.at("realm").wrong("a realm has visible ASCII without quotation mark and backslash"));
    }
    Ok(GatewayPolicy {
        realm,
        detail: document.refusals,
        path_case: document.path_case,
        preflight: document.cors_preflight,
        logs_passed: document.log.passed,
        logged_claims: document.log.claims,
        reserved: compiler.reserved(&compiled),
        providers: compiler.providers,
        profiles: compiler.profiles,
        routes: compiled,
    })
}

/// What the routes of a document share.
struct Compiler {
    entries: Vec<ProviderEntry>,
    providers: Vec<Arc<Provider>>,
    profiles: Vec<Profile>,
    /// What each profile was made of, so that none is made twice.
    made_of: Vec<Making>,
}

/// What a token of a provider must be, where a demand may differ from the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Making {
    provider: usize,
    audience: Audience,
    typ: Option<OneOrMany>,
    max_token_age: Option<u64>,
}

impl Compiler {
    fn new(entries: Vec<(String, ProviderEntry)>, place: &Place) -> Compiled<Self> {
        if !(1..=MAX_PROVIDERS).contains(&entries.len()) {
            return Err(place.wrong(format!("there must be a provider, and {MAX_PROVIDERS} at most")));
        }
        let made: Compiled<Vec<_>> = entries
            .iter()
            .map(|(name, entry)| provider(name, entry, &place.at(name)).map(Arc::new))
            .collect();
        Ok(Self {
            providers: made?,
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            profiles: Vec::new(),
            made_of: Vec::new(),
        })
    }

    fn route(&mut self, entry: RouteEntry, place: &Place) -> Compiled<Route> {
        if !is_id(&entry.id) {
            return Err(place
                .at("id")
                .wrong("a route's id has letters, digits, `-`, `_` and `.`, 64 at most"));
        }
        for (name, is_empty) in [
            ("hosts", entry.hosts.as_ref().is_some_and(Vec::is_empty)),
            ("methods", entry.methods.as_ref().is_some_and(Vec::is_empty)),
        ] {
            if is_empty {
                return Err(place.at(name).wrong("an empty list matches nothing; leave it out for all"));
            }
        }
        let rule = match entry.require {
            RequirementEntry::Nothing => None,
            RequirementEntry::Rule(rule) => Some(self.rule(*rule, &place.at("require"), Depth::TOP)?),
        };
        let RouteEntry { id, hosts, methods, path, action, .. } = entry;
        Ok(Route { id, hosts, methods, path, rule, action })
    }

    fn rule(&mut self, entry: RuleEntry, place: &Place, depth: Depth) -> Compiled<Rule> {
        if depth.level > MAX_RULE_DEPTH {
            return Err(place.wrong(format!("a requirement nests {MAX_RULE_DEPTH} levels deep at most")));
        }
        let members =
            [entry.any.is_some(), entry.all.is_some(), entry.optional.is_some(), entry.provider.is_some()];
        if members.iter().filter(|is_there| **is_there).count() != 1 {
            let problem = "a requirement has exactly one of `provider`, `any`, `all` and `optional`";
            return Err(place.wrong(problem));
        }
        if entry.provider.is_none() && entry.demands_something() {
            return Err(place.wrong("what a token must be is said beside its `provider`"));
        }
        match entry {
            RuleEntry { any: Some(rules), .. } => {
                self.rules(rules, &place.at("any"), depth.below_any()).map(Rule::Any)
            }
            RuleEntry { all: Some(rules), .. } => {
                self.rules(rules, &place.at("all"), depth.below()).map(Rule::All)
            }
            RuleEntry { optional: Some(_), .. } if depth.is_below_any => {
                Err(place.wrong("`optional` below `any` would let everybody pass; put it around the `any`"))
            }
            RuleEntry { optional: Some(rule), .. } => {
                let rule = self.rule(*rule, &place.at("optional"), depth.below())?;
                Ok(Rule::Optional(Box::new(rule)))
            }
            demand => Ok(Rule::Demand(Box::new(self.demand(demand, place)?))),
        }
    }

    fn rules(&mut self, entries: Vec<RuleEntry>, place: &Place, depth: Depth) -> Compiled<Vec<Rule>> {
        if entries.is_empty() {
            return Err(place.wrong("an empty list demands nothing; name what is needed"));
        }
        let rule = |(index, entry)| self.rule(entry, &place.at(index), depth);
        entries.into_iter().enumerate().map(rule).collect()
    }

    fn demand(&mut self, entry: RuleEntry, place: &Place) -> Compiled<Demand> {
        let name = entry.provider.unwrap_or_default();
        let Some(index) = self.providers.iter().position(|provider| provider.name == name) else {
            return Err(place
                .at("provider")
                .wrong(format!("there is no provider `{name}`; name one of `providers`")));
        };
        for (at, predicate) in entry.claims.iter().enumerate() {
            if let Some(fault) = predicate.fault() {
                return Err(place.at("claims").at(at).wrong(format!("the predicate {fault}")));
            }
        }
        let base = self.entries.get(index);
        let audience = entry.audience.or_else(|| base.and_then(|base| base.audience.clone()));
        let making = Making {
            provider: index,
            audience: audience.ok_or_else(|| place.wrong(NO_AUDIENCE))?,
            typ: entry.typ.or_else(|| base.and_then(|base| base.typ.clone())),
            max_token_age: entry.max_token_age.or_else(|| base.and_then(|base| base.max_token_age)),
        };
        let provider = self.providers.get(index).cloned().ok_or_else(|| place.wrong(NO_AUDIENCE))?;
        let rights = Rights { scopes: entry.scopes, roles: entry.roles, claims: entry.claims };
        Ok(Demand { profile: self.profile(making, place)?, provider, rights })
    }

    fn profile(&mut self, making: Making, place: &Place) -> Compiled<Profile> {
        if let Some(known) = self.made_of.iter().position(|known| *known == making)
            && let Some(profile) = self.profiles.get(known)
        {
            return Ok(profile.clone());
        }
        let Some(base) = self.entries.get(making.provider) else { return Err(place.wrong(NO_AUDIENCE)) };
        let policy = token_policy(base, &making).map_err(|error| {
            let member = if error == PolicyError::NoType { "typ" } else { "audience" };
            place.at(member).wrong(error.to_string())
        })?;
        let profile = Profile { index: self.profiles.len(), provider: making.provider, policy };
        self.profiles.push(profile.clone());
        self.made_of.push(making);
        Ok(profile)
    }

    /// A provider that no route demands is a route that was forgotten, or keys that are read for nothing.
    fn check_every_provider_is_demanded(&self, place: &Place) -> Compiled<()> {
        let is_demanded = |index| self.profiles.iter().any(|profile| profile.provider == index);
        let idle = self.providers.iter().enumerate().find(|(index, _)| !is_demanded(*index));
        idle.map_or(Ok(()), |(_, provider)| {
            let problem = "no route demands a token of this provider; name it in a route, or take it out";
            Err(place.at(&provider.name).wrong(problem))
        })
    }

    /// The headers that nobody but the gateway may set: those of claims, and where routes look at methods or paths,
    /// those by which a request could have another one at the origin.
    fn reserved(&self, routes: &[Route]) -> ReservedHeaders {
        let claims =
            self.providers.iter().flat_map(|provider| &provider.headers).map(|(name, _)| name.as_str());
        let methods = routes.iter().any(|route| route.methods.is_some());
        let paths = routes.iter().any(|route| route.path.is_some());
        let methods = METHOD_OVERRIDES.iter().filter(|_| methods).copied();
        let paths = PATH_OVERRIDES.iter().filter(|_| paths).copied();
        ReservedHeaders::new(claims.chain(methods).chain(paths))
    }
}

const NO_AUDIENCE: &str = "no `audience` is given; name who the tokens are for, here or at the provider, or `null` if it is not to \
     be checked";

/// Frameworks take the method from these, if they are told to.
const METHOD_OVERRIDES: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Frameworks and servers take the path from these.
const PATH_OVERRIDES: [&str; 2] = ["x-original-url", "x-rewrite-url"];

/// Where in a requirement something stands.
#[derive(Clone, Copy)]
struct Depth {
    level: usize,
    is_below_any: bool,
}

impl Depth {
    const TOP: Self = Self { level: 1, is_below_any: false };

    fn below(self) -> Self {
        Self { level: self.level + 1, ..self }
    }

    fn below_any(self) -> Self {
        Self { level: self.level + 1, is_below_any: true }
    }
}

impl RuleEntry {
    fn demands_something(&self) -> bool {
        let Self { audience, typ, max_token_age, scopes, roles, claims, .. } = self;
        audience.is_some()
            || typ.is_some()
            || max_token_age.is_some()
            || !(scopes.is_empty() && roles.is_empty() && claims.is_empty())
    }
}

fn token_policy(base: &ProviderEntry, making: &Making) -> Result<TokenPolicy, PolicyError> {
    let mut policy = TokenPolicy::builder()
        .issuer(Expected::one_of([&base.issuer]))
        .audience(match &making.audience {
            Audience::NotChecked => Expected::NotChecked,
            Audience::OneOf(OneOrMany(audiences)) => Expected::one_of(audiences),
        })
        .leeway(base.leeway)
        .allow_missing_kid(base.allow_missing_kid);
    if let Some(OneOrMany(types)) = &making.typ {
        policy = policy.typ(types);
    }
    if let Some(age) = making.max_token_age {
        policy = policy.max_token_age(age);
    }
    if let Some(claims) = &base.required_claims {
        policy = policy.required_claims(claims);
    }
    policy.build()
}

pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
}
