//! What the holder of an API token may have signed.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The claims that say whose a token is, until when it is good, and which one it is (RFC 7519, section 4.1): a rule for
/// further claims says nothing about them.
const REGISTERED: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// More rules than any backend needs.
const MOST_NAMES: usize = 64;

/// Rules for the tokens that are signed for one API token. What is not said is not bounded here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MintingRules {
    /// The longest life of a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lifetime_secs: Option<u64>,
    /// The audiences that a token may name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_audiences: Option<Vec<String>>,
    /// The further claims that a request may set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_claims: Option<Vec<String>>,
    /// The further claims that every token has, whatever is asked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub forced_claims: BTreeMap<String, Value>,
}

/// What is asked for is outside of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideRules {
    /// It is for somebody else.
    Audience {
        /// For whom.
        audience: String,
    },
    /// A claim that may not be set.
    Claim {
        /// Its name.
        name: String,
    },
    /// A claim whose value is fixed.
    Forced {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for OutsideRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Audience { audience } => write!(f, "this API token obtains no tokens for `{audience}`"),
            Self::Claim { name } => write!(f, "this API token may not set the claim `{name}`"),
            Self::Forced { name } => {
                write!(f, "the claim `{name}` is fixed for this API token: leave it out")
            }
        }
    }
}

impl MintingRules {
    /// Says what is wrong with the rules themselves, if something is.
    pub fn fault(&self) -> Option<String> {
        let names = self.allowed_claims.iter().flatten().chain(self.forced_claims.keys());
        let registered = names.clone().find(|name| REGISTERED.contains(&name.as_str()));
        let count = names.count() + self.allowed_audiences.iter().flatten().count();
        match (registered, self.max_lifetime_secs) {
            (Some(name), _) => Some(format!("`{name}` is set by the server, or has a rule of its own")),
            (None, Some(0)) => Some("a token that lives for 0 s is good for nothing".to_owned()),
            _ if count > MOST_NAMES => Some(format!("at most {MOST_NAMES} claims and audiences are named")),
            _ => None,
        }
    }

    /// Returns `Ok` only if a token may name each of these audiences.
    pub fn check_audiences<'a>(&self, mut names: impl Iterator<Item = &'a str>) -> Result<(), OutsideRules> {
        let Some(allowed) = &self.allowed_audiences else { return Ok(()) };
        let other = names.find(|name| !allowed.iter().any(|allowed| allowed == name));
        other.map_or(Ok(()), |name| Err(OutsideRules::Audience { audience: name.to_owned() }))
    }

    /// Returns `Ok` only if these further claims may be asked for; registered ones are left to others.
    pub fn check_claims(&self, claims: &Map<String, Value>) -> Result<(), OutsideRules> {
        for (name, value) in claims.iter().filter(|(name, _)| !REGISTERED.contains(&name.as_str())) {
            match self.forced_claims.get(name) {
                Some(forced) if forced == value => continue,
                Some(_) => return Err(OutsideRules::Forced { name: name.clone() }),
                None => {}
            }
            if self.allowed_claims.as_ref().is_some_and(|allowed| !allowed.contains(name)) {
                return Err(OutsideRules::Claim { name: name.clone() });
            }
        }
        Ok(())
    }

    /// The first claim that every token has and these do not.
    pub fn missing<'r>(&'r self, claims: &Map<String, Value>) -> Option<&'r str> {
        self.forced_claims.keys().find(|name| !claims.contains_key(*name)).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> MintingRules {
        serde_json::from_value(json!({
            "max_lifetime_secs": 600,
            "allowed_audiences": ["api"],
            "allowed_claims": ["roles"],
            "forced_claims": { "tenant": "acme" },
        }))
        .unwrap()
    }

    fn asked(claims: &Value) -> Result<(), OutsideRules> {
        rules().check_claims(claims.as_object().unwrap())
    }

    #[test]
    fn what_is_not_allowed_is_refused_and_what_is_forced_cannot_be_changed() {
        assert_eq!(asked(&json!({ "roles": ["a"], "tenant": "acme", "sub": "ada" })), Ok(()));
        assert_eq!(asked(&json!({ "admin": true })), Err(OutsideRules::Claim { name: "admin".to_owned() }));
        assert_eq!(asked(&json!({ "tenant": "b" })), Err(OutsideRules::Forced { name: "tenant".to_owned() }));
    }

    #[test]
    fn a_token_is_for_those_alone_that_are_allowed() {
        assert_eq!(rules().check_audiences(["api"].into_iter()), Ok(()));
        assert!(rules().check_audiences(["api", "other"].into_iter()).is_err());
    }

    #[test]
    fn without_rules_everything_is_allowed() {
        let none = MintingRules::default();
        assert_eq!(none.check_claims(json!({ "admin": true }).as_object().unwrap()), Ok(()));
        assert_eq!(none.fault(), None);
        assert!(rules().missing(&Map::new()).is_some());
    }

    #[test]
    fn rules_about_registered_claims_are_refused() {
        let wrong: MintingRules = serde_json::from_value(json!({ "forced_claims": { "sub": "a" } })).unwrap();
        assert!(wrong.fault().unwrap().contains("`sub`"));
    }
}
