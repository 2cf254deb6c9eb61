//! The policy of a gateway: whose tokens it takes, and which requests need what.

mod compile;
mod document;
mod fault;
mod provider;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use keystile_validator::{Floor, KeySet, KeySetError, Limits, RootKeys, UnixTime, UnverifiedKeySet};

pub use document::Detail;
pub(crate) use document::{Forwarding, Preflight};
pub use fault::PolicyFault;

use crate::{
    believed::Believed,
    claims::ClaimPath,
    header::{HeaderName, ReservedHeaders},
    path::PathCase,
    rights::RightsClaims,
    route::{Action, Route},
    rule::Profile,
    token_source::TokenSource,
};

/// A policy that can be used. Only [`GatewayPolicy::from_json`] makes one.
#[derive(Debug)]
pub struct GatewayPolicy {
    pub(crate) realm: String,
    pub(crate) detail: Detail,
    pub(crate) path_case: PathCase,
    pub(crate) preflight: Preflight,
    pub(crate) logs_passed: bool,
    pub(crate) logged_claims: Vec<ClaimPath>,
    pub(crate) providers: Vec<std::sync::Arc<Provider>>,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) routes: Vec<Route>,
    pub(crate) reserved: ReservedHeaders,
}

impl GatewayPolicy {
    /// Reads a policy document. The JSON Schema of it is in `docs/policy.schema.json`.
    pub fn from_json(json: &str) -> Result<Self, PolicyFault> {
        compile::read(json)
    }

    /// Whose tokens are taken.
    pub fn providers(&self) -> impl ExactSizeIterator<Item = &Provider> {
        self.providers.iter().map(std::sync::Arc::as_ref)
    }

    /// Every way in which tokens are judged.
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The routes, in the order in which they are tried.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The headers that only the gateway may set, in lower case: for a proxy that has to be told by name which ones it
    /// must take out.
    pub fn reserved_headers(&self) -> impl Iterator<Item = &str> {
        self.reserved.names()
    }

    /// The realm that a challenge names.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Whether requests that pass are logged too.
    pub fn logs_passed(&self) -> bool {
        self.logs_passed
    }

    /// The claims of a believed token that may be logged, by their paths.
    pub fn logged_claims(&self, believed: &Believed) -> BTreeMap<String, serde_json::Value> {
        let logged = |path: &ClaimPath| Some((path.to_string(), believed.claims.get(path)?.to_log()?));
        self.logged_claims.iter().filter_map(logged).collect()
    }

    /// What a client is told about a refused token.
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// What is allowed, and seldom meant.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for provider in &self.providers {
            if provider.takes_tokens_from_query() {
                warnings.push(format!(
                    "the provider `{}` takes tokens from the query, which ends up in logs and histories \
                     (RFC 6750 section 5.3); prefer the header",
                    provider.name
                ));
            }
        }
        if let Some(last) = self.routes.iter().position(Route::is_for_all) {
            for route in self.routes.iter().skip(last + 1) {
                warnings.push(format!(
                    "the route `{}` is never reached: one before it matches every request",
                    route.id
                ));
            }
        }
        for route in self.routes.iter().filter(|route| route.action == Action::Shadow) {
            warnings.push(format!("the route `{}` refuses nothing: its action is `shadow`", route.id));
        }
        warnings
    }
}

/// The JSON Schema of policy documents.
#[cfg(feature = "schema")]
pub(crate) fn schema() -> serde_json::Value {
    schemars::schema_for!(document::Document).to_value()
}

/// An issuer whose tokens are taken.
#[derive(Debug)]
pub struct Provider {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) keys: KeySource,
    pub(crate) sources: Vec<TokenSource>,
    pub(crate) forwarding: Forwarding,
    pub(crate) headers: Vec<(HeaderName, ClaimPath)>,
    pub(crate) rights_claims: RightsClaims,
}

impl Provider {
    /// The name that the policy gives it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key set in `document`, if it is to be believed at `now` and is not below `floor`.
    pub fn believe(&self, document: &str, now: UnixTime, floor: &Floor) -> Result<KeySet, KeySetError> {
        let limits = Limits::default();
        match &self.keys {
            KeySource::Signed { roots, .. } => UnverifiedKeySet::parse(document.as_bytes(), &limits)?
                .verify(roots)?
                .trusted(&self.issuer, now, floor),
            KeySource::Jwks { .. } => KeySet::from_jwks(document.as_bytes(), &limits),
        }
    }

    /// Where its keys come from.
    pub fn keys(&self) -> &KeySource {
        &self.keys
    }

    /// Whether its tokens are taken out of requests before the origin sees them.
    pub fn strips_tokens(&self) -> bool {
        self.forwarding == Forwarding::Strip
    }

    /// Whether a token of it may stand in the query.
    pub fn takes_tokens_from_query(&self) -> bool {
        self.sources.iter().any(|source| matches!(source, TokenSource::Query(_)))
    }
}

/// Where the keys of a provider come from, and why they are believed.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// A signed key set.
    Signed {
        /// Where it is read, in the order in which to ask. Not empty.
        at: Vec<Location>,
        /// The keys that may sign it.
        roots: RootKeys,
        /// What a reader takes for seen when it starts.
        floor: Floor,
        /// A signed key set to begin with when it cannot be read.
        last_good: Option<String>,
    },
    /// A plain JWK Set.
    Jwks {
        /// Where it is read.
        at: Location,
        /// Seconds after which it is read again.
        refresh: u32,
        /// Seconds after its last reading until which it is believed while it cannot be read again.
        usable_for: u32,
    },
}

impl KeySource {
    /// Whether these are the same key sets, believed for the same reason.
    pub fn is_same(&self, other: &Self) -> bool {
        let thumbprints = |roots: &RootKeys| -> Vec<String> {
            roots.keys().iter().map(|root| root.thumbprint().to_string()).collect()
        };
        match (self, other) {
            (
                Self::Signed { at, roots, floor, .. },
                Self::Signed { at: at2, roots: roots2, floor: floor2, .. },
            ) => at == at2 && floor == floor2 && thumbprints(roots) == thumbprints(roots2),
            (
                Self::Jwks { at, refresh, usable_for },
                Self::Jwks { at: at2, refresh: refresh2, usable_for: usable_for2 },
            ) => (at, refresh, usable_for) == (at2, refresh2, usable_for2),
            _ => false,
        }
    }

    /// The keys that may sign them; `None` for plain ones, which nobody signs.
    pub fn roots(&self) -> Option<&RootKeys> {
        match self {
            Self::Signed { roots, .. } => Some(roots),
            Self::Jwks { .. } => None,
        }
    }

    /// Where they are read, in the order in which to ask.
    pub fn locations(&self) -> &[Location] {
        match self {
            Self::Signed { at, .. } => at,
            Self::Jwks { at, .. } => std::slice::from_ref(at),
        }
    }
}

/// Where a key set can be read. Not every gateway can reach every kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A key of the edge's KV store.
    Kv(String),
    /// A file.
    File(String),
    /// An address.
    Url(String),
}

impl Location {
    /// Reads where something signed lies: `kv:KEY`, `file:PATH` or a URL. It is believed for its signature, so that it may
    /// come over plain `http`.
    pub fn of_something_signed(text: &str) -> Option<Self> {
        provider::location(text, false)
    }
}
