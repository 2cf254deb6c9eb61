//! The policy document as it is written. What each member means, and what holds without it, is said here once: the
//! published JSON Schema is derived from these types.

mod shapes;

use keystile_validator::Policy as TokenPolicy;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{
    claims::ClaimPath,
    host::HostPattern,
    path::{PathCase, PathPattern},
    rights::{Predicate, ScopeToken},
    route::{Action, Method},
    token_source::TokenSource,
};

/// Which requests may pass the gateway. A request that matches no route is refused.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "Keystile gateway policy"))]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    /// Where an editor finds the schema of this document; without a meaning for the gateway.
    #[serde(rename = "$schema", default)]
    pub(super) _schema: Option<String>,
    /// The version of this format: 1.
    pub(super) format: u64,
    /// The realm that a challenge names (RFC 6750 section 3); by default the issuer of the first provider.
    #[serde(default)]
    pub(super) realm: Option<String>,
    /// What a client is told about a refused token.
    #[serde(default)]
    pub(super) refusals: Detail,
    /// Whether `/Admin` is `/admin`.
    #[serde(default)]
    pub(super) path_case: PathCase,
    /// What becomes of the question a browser asks before a request across sites, which carries no token.
    #[serde(default)]
    pub(super) cors_preflight: Preflight,
    /// What the log says beside refusals.
    #[serde(default)]
    pub(super) log: LogEntry,
    /// Whose tokens are taken, by a name of your choice.
    pub(super) providers: Named<ProviderEntry>,
    /// The routes. The first that matches a request decides.
    pub(super) routes: Vec<RouteEntry>,
}

/// What the log says beside refusals. It never says a token.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct LogEntry {
    /// Whether requests that pass are logged too.
    #[serde(default)]
    pub(super) passed: bool,
    /// The claims of believed tokens that may stand there: each by its name, or by a JSON Pointer. None by default.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(super) claims: Vec<ClaimPath>,
}

/// What a client is told about a refused token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Which check failed, and what to do about it.
    #[default]
    Explain,
    /// That it is refused. The log says why.
    Quiet,
}

/// What becomes of a CORS preflight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Preflight {
    /// It passes to the origin without a token, where a route has the method that it asks about.
    #[default]
    Pass,
    /// It is a request like any other, with the method `OPTIONS`.
    Judge,
}

/// An issuer, its keys, and what its tokens must be.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderEntry {
    /// The `iss` of the tokens, and of a signed key set.
    pub(super) issuer: String,
    /// Where the keys come from.
    pub(super) keys: KeysEntry,
    /// The `aud` that tokens must name: one, or one of a list; `null` says that it is not checked. A demand of a route
    /// may name others.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<OneOrMany>"))]
    pub(super) audience: Option<Audience>,
    /// The `typ` that tokens must have, such as `at+jwt` (RFC 9068); any by default.
    #[serde(default)]
    pub(super) typ: Option<OneOrMany>,
    /// Seconds since `iat` after which a token is refused whatever its `exp`.
    #[serde(default)]
    pub(super) max_token_age: Option<u64>,
    /// Seconds by which clocks may differ.
    #[serde(default = "default_leeway")]
    pub(super) leeway: u64,
    /// Claims that must be there; `exp` by default.
    #[serde(default)]
    pub(super) required_claims: Option<Vec<String>>,
    /// Whether a token without `kid` is tried against the newest keys.
    #[serde(default)]
    pub(super) allow_missing_kid: bool,
    /// Where a request may carry the token. Several tokens in one request are refused.
    #[serde(default = "bearer")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(super) from: Vec<TokenSource>,
    /// Whether the origin sees the token.
    #[serde(default)]
    pub(super) token: Forwarding,
    /// Claims that the origin gets as headers, by the header's name.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub(super) headers: Named<ClaimPath>,
    /// The claim with the scopes.
    #[serde(default = "scope")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(super) scope_claim: ClaimPath,
    /// The claim with the roles.
    #[serde(default = "roles")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(super) role_claim: ClaimPath,
}

/// Whether the origin sees the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Forwarding {
    /// It does.
    #[default]
    Keep,
    /// It is taken out of the request.
    Strip,
}

/// Where keys come from.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeysEntry {
    /// A signed key set, as the admin server publishes it.
    Signed(SignedEntry),
    /// A plain JWK Set, believed for the server that it comes from.
    Jwks(JwksEntry),
}

/// A signed key set.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedEntry {
    /// Where it is read, the places after the first for an unknown `kid` alone: `kv:KEY`, `file:PATH`, or an HTTPS URL.
    #[cfg_attr(feature = "schema", schemars(with = "OneOrMany"))]
    pub(super) at: OneOrMany,
    /// The public root keys, a JWK Set: what `keystile roots` prints.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub(super) roots: Box<RawValue>,
    /// The version below which no key set is believed, also right after a start.
    #[serde(default)]
    pub(super) floor_version: u64,
    /// The same for the generation of a delegation.
    #[serde(default)]
    pub(super) floor_generation: u64,
    /// A signed key set to begin with when it cannot be read.
    #[serde(default)]
    pub(super) last_good: Option<String>,
}

/// A plain JWK Set.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct JwksEntry {
    /// Where it is read: an HTTPS URL, `kv:KEY` or `file:PATH`.
    pub(super) at: String,
    /// Seconds after which it is read again.
    #[serde(default = "default_jwks_refresh")]
    pub(super) refresh: u32,
    /// Seconds after its last reading until which it is believed while it cannot be read again.
    #[serde(default = "default_usable_for")]
    pub(super) usable_for: u32,
}

/// One route.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteEntry {
    /// Its name in logs and reports.
    pub(super) id: String,
    /// The hosts: a name such as `api.example.com`, or `*.example.com`; any by default.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub(super) hosts: Option<Vec<HostPattern>>,
    /// The path: `*` is one segment, `**` at the end any number; any by default, and then not even looked at.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub(super) path: Option<PathPattern>,
    /// The methods, of which `GET` includes `HEAD`; any by default.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<String>>"))]
    pub(super) methods: Option<Vec<Method>>,
    /// What the request must present.
    pub(super) require: RequirementEntry,
    /// Whether a refusal is a refusal.
    #[serde(default)]
    pub(super) action: Action,
}

/// What a request must present: `"none"`, or an object.
#[derive(Debug)]
pub(crate) enum RequirementEntry {
    /// Nothing. No token is even looked at.
    Nothing,
    /// What the object says.
    Rule(Box<RuleEntry>),
}

/// Either one of `any`, `all` and `optional`, or what one token must be.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleEntry {
    /// One of these is enough.
    #[serde(default)]
    pub(super) any: Option<Vec<RuleEntry>>,
    /// All of these are needed.
    #[serde(default)]
    pub(super) all: Option<Vec<RuleEntry>>,
    /// A request without a token passes; with one, this is needed.
    #[serde(default)]
    pub(super) optional: Option<Box<RuleEntry>>,
    /// Whose token.
    #[serde(default)]
    pub(super) provider: Option<String>,
    /// The `aud` instead of the provider's; `null` says that it is not checked.
    #[serde(default, deserialize_with = "given")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<OneOrMany>"))]
    pub(super) audience: Option<Audience>,
    /// The `typ` instead of the provider's.
    #[serde(default)]
    pub(super) typ: Option<OneOrMany>,
    /// The greatest age instead of the provider's.
    #[serde(default)]
    pub(super) max_token_age: Option<u64>,
    /// Scopes, all of which the token must have.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(super) scopes: Vec<ScopeToken>,
    /// Roles, all of which the token must have.
    #[serde(default)]
    pub(super) roles: Vec<String>,
    /// What its claims must be.
    #[serde(default)]
    pub(super) claims: Vec<Predicate>,
}

/// Which audience is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    NotChecked,
    OneOf(OneOrMany),
}

/// A text, or a list of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OneOrMany(pub(crate) Vec<String>);

/// An object whose members people name, in their order. A name that is there twice is an error.
#[derive(Debug)]
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

fn default_leeway() -> u64 {
    TokenPolicy::DEFAULT_LEEWAY
}

/// An identity provider's set changes rarely, and an unknown `kid` makes us look at once.
fn default_jwks_refresh() -> u32 {
    300
}

/// A day: longer than any outage of an identity provider that is worth surviving, and an end to a set that nobody
/// vouches for any more.
fn default_usable_for() -> u32 {
    24 * 60 * 60
}

fn bearer() -> Vec<TokenSource> {
    vec![TokenSource::Bearer]
}

fn scope() -> ClaimPath {
    ClaimPath::named("scope")
}

fn roles() -> ClaimPath {
    ClaimPath::named("roles")
}

/// What is there is given, `null` too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Audience>, D::Error> {
    Audience::deserialize(deserializer).map(Some)
}
