//! The policy, as the configuration says it: a document, the place of a signed one, or single variables.

use std::rc::Rc;

use keystile_gateway::{GatewayPolicy, Location, is_quotable};
use keystile_validator::{Policy, RootKeys};
use serde_json::{Value, json};

use super::{SettingError, Variables};

/// Where the policy comes from.
pub(crate) enum PolicySource {
    /// The configuration says it.
    Given(Rc<GatewayPolicy>),
    /// It is in the store, and signed.
    Stored(StoredPolicy),
}

/// A policy that is read from the store.
pub(crate) struct StoredPolicy {
    /// Its key in KV.
    pub(crate) key: String,
    /// The keys that may sign it.
    pub(crate) roots: RootKeys,
    /// The issuer for whose gateways it must be.
    pub(crate) issuer: String,
    /// The version below which none is believed, also right after a start.
    pub(crate) floor: u64,
}

/// What a policy document says in the place of these variables.
const SAID_BY_POLICY: [&str; 13] = [
    "ISSUER",
    "ROOT_KEYS",
    "AUDIENCE",
    "ISSUER_ID",
    "LEEWAY",
    "TYP",
    "MAX_TOKEN_AGE",
    "ALLOW_MISSING_KID",
    "TOKEN_COOKIE",
    "FORWARD_AUTHORIZATION",
    "FLOOR_VERSION",
    "FLOOR_GENERATION",
    "LAST_GOOD",
];

impl<L: Fn(&str) -> Option<String>> Variables<L> {
    /// The policy that a document says. Two places that say the same thing would sooner or later differ.
    pub(super) fn policy(&self, text: &str) -> Result<PolicySource, SettingError> {
        let stored = text.strip_prefix("kv:");
        // Who signs a policy in the store cannot be said by that policy.
        let said = SAID_BY_POLICY.into_iter().skip(if stored.is_some() { 2 } else { 0 });
        if let Some(name) = said.into_iter().find(|name| self.optional(name).is_some()) {
            return Err(SettingError::new(name, "is said by `POLICY` too; leave it out"));
        }
        if let Some(key) = stored {
            let floor = self.whole_number("FLOOR_POLICY_VERSION", "must be the version of a policy")?;
            return Ok(PolicySource::Stored(StoredPolicy {
                key: key.to_owned(),
                roots: self.root_keys()?,
                issuer: self
                    .required("ISSUER", "is missing; give the issuer that the policy is signed for")?,
                floor: floor.unwrap_or(0),
            }));
        }
        usable_policy(text)
            .map(|policy| PolicySource::Given(Rc::new(policy)))
            .map_err(|problem| SettingError::new("POLICY", problem))
    }

    /// The policy that the single variables say: one provider, and one route that demands its token for everything.
    pub(super) fn simple_policy(&self, admin_url: Option<&str>) -> Result<GatewayPolicy, SettingError> {
        let issuer = self.required("ISSUER", "is missing; give the `iss` of the tokens")?;
        if !issuer.bytes().all(is_quotable) {
            return Err(SettingError::new("ISSUER", "has characters that no `iss` URL has; correct it"));
        }
        let id = self.issuer_id()?;
        let second = admin_url.map(|url| format!("{url}/v1/issuers/{id}/key-set"));
        let cookie = self.optional("TOKEN_COOKIE").map(|name| format!("cookie:{name}"));
        let at: Vec<_> = std::iter::once(format!("kv:keyset/{id}")).chain(second).collect();
        let from: Vec<_> = std::iter::once("bearer".to_owned()).chain(cookie).collect();
        let floor_version = self.whole_number("FLOOR_VERSION", "must be the version of a key set")?;
        let floor_generation =
            self.whole_number("FLOOR_GENERATION", "must be the generation of a delegation")?;
        let document = json!({
            "format": 1,
            "providers": { "main": {
                "issuer": issuer,
                "audience": self.audience()?,
                "keys": { "signed": {
                    "at": at,
                    "roots": self.roots()?,
                    "floor_version": floor_version.unwrap_or(0),
                    "floor_generation": floor_generation.unwrap_or(0),
                    "last_good": self.optional("LAST_GOOD"),
                } },
                "leeway": self.seconds("LEEWAY")?.unwrap_or(Policy::DEFAULT_LEEWAY),
                "typ": self.optional("TYP").map(|typ| one_or_many("TYP", &typ)).transpose()?,
                "max_token_age": self.seconds("MAX_TOKEN_AGE")?,
                "allow_missing_kid": self.boolean("ALLOW_MISSING_KID")?,
                "from": from,
                "token": self.forwarding()?,
            } },
            "routes": [{ "id": "all", "require": { "provider": "main" } }],
        });
        GatewayPolicy::from_json(&document.to_string()).map_err(|fault| {
            SettingError::new("TOKEN_COOKIE", format!("cannot be used: {}", fault.problem()))
        })
    }

    /// Whom the tokens are for is a decision that no default can make, so that leaving it out is an error.
    fn audience(&self) -> Result<Option<Vec<String>>, SettingError> {
        let missing =
            "is missing; give the expected `aud`, a JSON list of them, or `null` if it is not to be checked";
        match self.required("AUDIENCE", missing)?.as_str() {
            "null" => Ok(None),
            audience => one_or_many("AUDIENCE", audience).map(Some),
        }
    }

    fn root_keys(&self) -> Result<RootKeys, SettingError> {
        RootKeys::from_jwks(self.roots()?.to_string().as_bytes())
            .map_err(|error| SettingError::new("ROOT_KEYS", format!("cannot be used: {error}")))
    }

    fn roots(&self) -> Result<Value, SettingError> {
        let missing = "is missing; give the public root keys as the server prints them (`keystile roots`)";
        let jwks = self.required("ROOT_KEYS", missing)?;
        let wrong = |problem: String| SettingError::new("ROOT_KEYS", format!("cannot be used: {problem}"));
        RootKeys::from_jwks(jwks.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        serde_json::from_str(&jwks).map_err(|error| wrong(error.to_string()))
    }

    fn issuer_id(&self) -> Result<String, SettingError> {
        let id = self.optional("ISSUER_ID").unwrap_or_else(|| "main".to_owned());
        let is_valid = id.len() <= 63
            && !id.starts_with('-')
            && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_valid {
            Ok(id)
        } else {
            Err(SettingError::new("ISSUER_ID", "must match `[a-z0-9][a-z0-9-]{0,62}`"))
        }
    }

    fn forwarding(&self) -> Result<&'static str, SettingError> {
        match self.optional("FORWARD_AUTHORIZATION").as_deref() {
            None | Some("keep") => Ok("keep"),
            Some("strip") => Ok("strip"),
            Some(_) => Err(SettingError::new("FORWARD_AUTHORIZATION", "must be `keep` or `strip`")),
        }
    }
}

/// A policy document that this gateway can follow, or why not.
pub(crate) fn usable_policy(json: &str) -> Result<GatewayPolicy, String> {
    let policy = GatewayPolicy::from_json(json).map_err(|fault| format!("cannot be used: {fault}"))?;
    for location in policy.providers().flat_map(|provider| provider.keys().locations()) {
        if let Location::File(path) = location {
            return Err(format!("reads keys from the file `{path}`, and a worker has no files"));
        }
    }
    Ok(policy)
}

fn one_or_many(name: &'static str, value: &str) -> Result<Vec<String>, SettingError> {
    if value.starts_with('[') {
        let list: Vec<String> = serde_json::from_str(value)
            .map_err(|_| SettingError::new(name, "must be a string or a JSON list of strings"))?;
        if list.is_empty() { Err(SettingError::new(name, "is an empty list; name one")) } else { Ok(list) }
    } else {
        Ok(vec![value.to_owned()])
    }
}
