//! What a token must grant, beyond being believed.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::claims::{Claim, ClaimPath, Claims, Number};

/// The scopes, roles and claims that a rule demands, all of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rights {
    pub(crate) scopes: Vec<ScopeToken>,
    pub(crate) roles: Vec<String>,
    pub(crate) claims: Vec<Predicate>,
}

/// Where an issuer writes scopes and roles.
#[derive(Clone, Debug)]
pub(crate) struct RightsClaims {
    pub(crate) scopes: ClaimPath,
    pub(crate) roles: ClaimPath,
}

impl Rights {
    /// Whether the claims grant everything.
    pub(crate) fn are_granted_by(&self, claims: &Claims, at: &RightsClaims) -> bool {
        let have = |path| claims.get(path).map(Claim::words).unwrap_or_default();
        let contain = |granted: &[String], needed: &str| granted.iter().any(|it| it == needed);
        let (scopes, roles) = (self.scopes.is_empty(), self.roles.is_empty());
        let scopes_hold = scopes || {
            let granted = have(&at.scopes);
            self.scopes.iter().all(|scope| contain(&granted, scope.as_str()))
        };
        let roles_hold = roles || {
            let granted = have(&at.roles);
            self.roles.iter().all(|role| contain(&granted, role))
        };
        scopes_hold && roles_hold && self.claims.iter().all(|predicate| predicate.holds(claims))
    }
}

/// One scope, as RFC 6749 section 3.3 spells it, so that it can stand in a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ScopeToken(String);

/// A scope that no token can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a scope is one word of visible ASCII without quotation mark and backslash; write several as a list")]
pub struct ScopeTokenError;

impl ScopeToken {
    /// The scope.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ScopeToken {
    type Error = ScopeTokenError;

    fn try_from(scope: String) -> Result<Self, Self::Error> {
        let is_scope = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
        let is_valid = !scope.is_empty() && scope.bytes().all(is_scope);
        if is_valid { Ok(Self(scope)) } else { Err(ScopeTokenError) }
    }
}

/// What a claim must be. Of several tests in one object all must hold; a claim that is not there passes none of them
/// but `"present": false`.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Predicate {
    /// The claim's name, or a JSON Pointer to it.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    claim: ClaimPath,
    /// The claim is there, whatever it is; or it is not.
    present: Option<bool>,
    /// The claim is this text, number or boolean. A number is never a text.
    is: Option<Scalar>,
    /// The claim is one of these.
    one_of: Option<Vec<Scalar>>,
    /// The claim is there, and none of these.
    not_one_of: Option<Vec<Scalar>>,
    /// The claim is a list that has one of these.
    has_any: Option<Vec<Scalar>>,
    /// The claim is a list that has all of these.
    has_all: Option<Vec<Scalar>>,
    /// The claim is a text that begins so.
    starts_with: Option<String>,
    /// The claim is a text that ends so.
    ends_with: Option<String>,
    /// The claim is this number or a greater one.
    at_least: Option<Scalar>,
    /// The claim is this number or a smaller one.
    at_most: Option<Scalar>,
}

impl Predicate {
    /// Why the predicate would hold for every claim, or for none.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let lists = [&self.one_of, &self.not_one_of, &self.has_any, &self.has_all];
        let numbers = [&self.at_least, &self.at_most];
        let texts = [&self.starts_with, &self.ends_with];
        let has_list = lists.iter().any(|it| it.is_some());
        let has_bound = numbers.iter().any(|it| it.is_some());
        let has_text = texts.iter().any(|it| it.is_some());
        if self.present.is_none() && self.is.is_none() && !(has_list || has_bound || has_text) {
            return Some("tests nothing; say what the claim must be, `\"present\": true` for anything");
        }
        if lists.into_iter().flatten().any(Vec::is_empty) {
            return Some("has an empty list; name what the claim is compared with");
        }
        if numbers.into_iter().flatten().any(|it| !matches!(it, Scalar::Number(_))) {
            return Some("has a bound that is no number; write `at_least` and `at_most` as numbers");
        }
        if texts.into_iter().flatten().any(String::is_empty) {
            return Some(
                "has an empty beginning or end, which every text has; write `\"present\": true` instead",
            );
        }
        None
    }

    fn holds(&self, claims: &Claims) -> bool {
        let Some(claim) = claims.get(&self.claim) else { return self.holds_without_claim() };
        let is = |scalar: &Scalar| scalar.is(claim);
        let elements = || claim.elements().unwrap_or_default();
        let has = |scalar: &Scalar| elements().into_iter().any(|element| scalar.is(element));
        let text = |test: &dyn Fn(&str) -> bool| claim.text().is_some_and(|text| test(&text));
        let number = |bound: &Scalar, test: fn(Number, Number) -> bool| match (bound, claim.number()) {
            (Scalar::Number(bound), Some(number)) => test(number, *bound),
            _ => false,
        };
        self.present != Some(false)
            && self.is.as_ref().is_none_or(is)
            && self.one_of.as_ref().is_none_or(|list| list.iter().any(is))
            && self.not_one_of.as_ref().is_none_or(|list| !list.iter().any(is))
            && self.has_any.as_ref().is_none_or(|list| list.iter().any(has))
            && self.has_all.as_ref().is_none_or(|list| list.iter().all(has))
            && self.starts_with.as_ref().is_none_or(|start| text(&|it| it.starts_with(start.as_str())))
            && self.ends_with.as_ref().is_none_or(|end| text(&|it| it.ends_with(end.as_str())))
            && self.at_least.as_ref().is_none_or(|bound| number(bound, |it, bound| it >= bound))
            && self.at_most.as_ref().is_none_or(|bound| number(bound, |it, bound| it <= bound))
    }

    fn holds_without_claim(&self) -> bool {
        let Self { claim: _, present, is, one_of, not_one_of, has_any, has_all, .. } = self;
        let compares = is.is_some() || [one_of, not_one_of, has_any, has_all].iter().any(|it| it.is_some());
        let bounds = self.at_least.is_some() || self.at_most.is_some();
        *present == Some(false)
            && !compares
            && !bounds
            && self.starts_with.is_none()
            && self.ends_with.is_none()
    }
}

/// A text, a number or a boolean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Text(String),
    Number(Number),
    Boolean(bool),
}

impl Scalar {
    fn is(&self, claim: Claim<'_>) -> bool {
        match self {
            Self::Text(text) => claim.text().as_ref() == Some(text),
            Self::Number(number) => {
                claim.number().is_some_and(|it| it.partial_cmp(number) == Some(std::cmp::Ordering::Equal))
            }
            Self::Boolean(boolean) => claim.boolean() == Some(*boolean),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json: Box<RawValue> = Deserialize::deserialize(deserializer)?;
        let text = || serde_json::from_str(json.get()).ok().map(Self::Text);
        let boolean = || serde_json::from_str(json.get()).ok().map(Self::Boolean);
        let number = || Number::read(json.get()).map(Self::Number);
        let wrong = || serde::de::Error::custom("a claim is compared with a text, a number or a boolean");
        text().or_else(boolean).or_else(number).ok_or_else(wrong)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Scalar {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"tenant":"acme","level":3,"big":9007199254740993,"mfa":true,"amr":["pwd","otp",7],
        "scope":"read write","roles":["admin","auditor"],"null":null}"#;

    fn holds(predicate: &str) -> bool {
        let predicate: Predicate = serde_json::from_str(predicate).unwrap();
        assert_eq!(predicate.fault(), None);
        predicate.holds(&Claims::read(CLAIMS))
    }

    #[test]
    fn a_predicate_holds_for_the_claim_it_describes() {
        for predicate in [
            r#"{"claim":"tenant","is":"acme"}"#,
            r#"{"claim":"tenant","one_of":["x","acme"]}"#,
            r#"{"claim":"tenant","not_one_of":["x"],"starts_with":"ac","ends_with":"me"}"#,
            r#"{"claim":"level","is":3,"at_least":3,"at_most":3}"#,
            r#"{"claim":"level","is":3.0,"at_least":2.5}"#,
            r#"{"claim":"big","is":9007199254740993}"#,
            r#"{"claim":"mfa","is":true}"#,
            r#"{"claim":"amr","has_any":["otp","x"],"has_all":["pwd",7]}"#,
            r#"{"claim":"null","present":true}"#,
            r#"{"claim":"absent","present":false}"#,
        ] {
            assert!(holds(predicate), "{predicate}");
        }
    }

    #[test]
    fn a_predicate_holds_for_nothing_else() {
        for predicate in [
            r#"{"claim":"tenant","is":"Acme"}"#,
            r#"{"claim":"tenant","not_one_of":["acme"]}"#,
            r#"{"claim":"tenant","has_any":["acme"]}"#,
            r#"{"claim":"tenant","is":"acme","starts_with":"x"}"#,
            r#"{"claim":"level","is":"3"}"#,
            r#"{"claim":"level","at_least":3.5}"#,
            r#"{"claim":"big","is":9007199254740992}"#,
            r#"{"claim":"mfa","is":"true"}"#,
            r#"{"claim":"mfa","is":1}"#,
            r#"{"claim":"amr","is":"pwd"}"#,
            r#"{"claim":"amr","has_all":["pwd","x"]}"#,
            r#"{"claim":"tenant","present":false}"#,
            r#"{"claim":"absent","present":true}"#,
            r#"{"claim":"absent","not_one_of":["x"]}"#,
            r#"{"claim":"absent","present":false,"is":"x"}"#,
        ] {
            assert!(!holds(predicate), "{predicate}");
        }
    }

    #[test]
    fn a_predicate_that_says_nothing_is_a_fault() {
        for predicate in [
            r#"{"claim":"a"}"#,
            r#"{"claim":"a","one_of":[]}"#,
            r#"{"claim":"a","at_least":"3"}"#,
            r#"{"claim":"a","starts_with":""}"#,
        ] {
            assert!(serde_json::from_str::<Predicate>(predicate).unwrap().fault().is_some(), "{predicate}");
        }
        for wrong in [r#"{"claim":"a","is":[1]}"#, r#"{"claim":"a","is":null,"iz":1}"#, r#"{"is":1}"#] {
            assert!(serde_json::from_str::<Predicate>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn all_scopes_and_roles_are_needed() {
        let at = RightsClaims { scopes: ClaimPath::named("scope"), roles: ClaimPath::named("roles") };
        let granted = |scopes: &[&str], roles: &[&str]| {
            let scope = |it: &&str| ScopeToken::try_from((*it).to_owned()).unwrap();
            let rights = Rights {
                scopes: scopes.iter().map(scope).collect(),
                roles: roles.iter().map(|it| (*it).to_owned()).collect(),
                claims: Vec::new(),
            };
            rights.are_granted_by(&Claims::read(CLAIMS), &at)
        };
        assert!(granted(&[], &[]) && granted(&["write", "read"], &["admin"]));
        assert!(!granted(&["read", "delete"], &[]) && !granted(&["rea"], &[]) && !granted(&[], &["root"]));
    }
}
