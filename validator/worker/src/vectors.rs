//! `POST /__vectors`: judges one conformance vector of `tests/vectors/` in the real runtime, and answers in the shape
//! of its `expect`; or takes the steps of a sequence, and answers with the outcome of each; or looks values up in filters.
//! Built with the feature `vectors` only, which no deployment has.

use keystile_validator::{
    Expected, Exponents, Floor, KeySet, KeySetError, LimitError, Limits, Policy, RootKeys, UnixTime,
    UnverifiedKeySet, ValidationError, Validator,
};
use serde::Deserialize;
use serde_json::{Value, json};
use worker::{Env, Request, Response, web_sys};

use crate::{look_ups::LookUps, sequences::Sequence};

/// Where vectors are posted.
pub(crate) const PATH: &str = "/__vectors";

/// The verdict on the vector in the body, or status 500 if it is no vector.
pub(crate) async fn judge(mut request: Request, env: &Env) -> worker::Result<web_sys::Response> {
    let body: Value = request.json().await?;
    let verdict = if body.get("steps").is_some() {
        let outcomes = serde_json::from_value::<Sequence>(body)?.outcomes();
        json!(outcomes.map_err(worker::Error::RustError)?)
    } else if body.get("look_ups").is_some() {
        serde_json::from_value::<LookUps>(body)?.count(env).await?
    } else {
        serde_json::from_value::<Vector>(body)?.verdict().map_err(worker::Error::RustError)?
    };
    Ok(Response::from_json(&verdict)?.into())
}

#[derive(Deserialize)]
struct Vector {
    now: u64,
    key_set: Source,
    policy: Demands,
    token: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Jwks { jwks: Value },
    Pem { pem: Vec<String> },
    Signed { signed: String, roots: Value, issuer: String, floor: Option<u64>, generation_floor: Option<u64> },
}

#[derive(Deserialize)]
pub(crate) struct Demands {
    issuer: Option<OneOrMany>,
    audience: Option<OneOrMany>,
    leeway: u64,
    required_claims: Vec<String>,
    typ: Option<Vec<String>>,
    max_token_age: Option<u64>,
    #[serde(default)]
    allow_missing_kid: bool,
    #[serde(default)]
    limits: Bounds,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Bounds {
    token_bytes: Option<usize>,
    header_bytes: Option<usize>,
    json_depth: Option<usize>,
    key_set_bytes: Option<usize>,
    keys: Option<usize>,
    exponents: Option<Odd>,
}

/// The one thing that can be said about exponents; left out, 65537 alone is allowed.
#[derive(Deserialize)]
enum Odd {
    #[serde(rename = "odd-up-to-33-bits")]
    UpTo33Bits,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl Vector {
    fn verdict(&self) -> Result<Value, String> {
        let now = UnixTime::from_secs(self.now);
        let limits = self.policy.limits.to_limits().map_err(|error| error.to_string())?;
        let policy = self.policy.to_policy(limits)?;
        let key_set = match self.key_set.read(now, &limits) {
            Ok(key_set) => key_set,
            Err(error) => return Ok(json!({ "key_set_code": error.code().as_str() })),
        };
        Ok(match Validator::new(key_set, policy).validate(self.token.as_bytes(), now) {
            Ok(_) => json!({ "ok": true }),
            Err(error) => refusal(&error),
        })
    }
}

pub(crate) fn refusal(error: &ValidationError) -> Value {
    let members = [
        ("ok", Some(json!(false))),
        ("code", Some(json!(error.code().as_str()))),
        ("claim", error.claim().map(|claim| json!(claim))),
        ("reason", error.reason().map(|reason| json!(reason.as_str()))),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

impl Source {
    fn read(&self, now: UnixTime, limits: &Limits) -> Result<KeySet, KeySetError> {
        match self {
            Self::Jwks { jwks } => KeySet::from_jwks(jwks.to_string().as_bytes(), limits),
            Self::Pem { pem } => KeySet::from_pem(pem, limits),
            Self::Signed { signed, roots, issuer, floor, generation_floor } => {
                let roots = RootKeys::from_jwks(roots.to_string().as_bytes())?;
                UnverifiedKeySet::parse(signed.as_bytes(), limits)?.verify(&roots)?.trusted(
                    issuer,
                    now,
                    &Floor::at_version(floor.unwrap_or(0)).with_generation(generation_floor.unwrap_or(0)),
                )
            }
        }
    }
}

impl Demands {
    pub(crate) fn to_policy(&self, limits: Limits) -> Result<Policy, String> {
        let mut policy = Policy::builder()
            .issuer(expected(self.issuer.as_ref()))
            .audience(expected(self.audience.as_ref()))
            .leeway(self.leeway)
            .required_claims(&self.required_claims)
            .allow_missing_kid(self.allow_missing_kid)
            .limits(limits);
        if let Some(types) = &self.typ {
            policy = policy.typ(types);
        }
        if let Some(secs) = self.max_token_age {
            policy = policy.max_token_age(secs);
        }
        policy.build().map_err(|error| error.to_string())
    }
}

impl Bounds {
    fn to_limits(&self) -> Result<Limits, LimitError> {
        type Setter = fn(Limits, usize) -> Result<Limits, LimitError>;
        let set: [(Option<usize>, Setter); 5] = [
            (self.token_bytes, Limits::with_token_bytes),
            (self.header_bytes, Limits::with_header_bytes),
            (self.json_depth, Limits::with_json_depth),
            (self.key_set_bytes, Limits::with_key_set_bytes),
            (self.keys, Limits::with_keys),
        ];
        let limits = match self.exponents {
            Some(Odd::UpTo33Bits) => Limits::default().with_exponents(Exponents::OddUpTo33Bits),
            None => Limits::default(),
        };
        set.into_iter().try_fold(limits, |limits, (value, setter)| match value {
            Some(value) => setter(limits, value),
            None => Ok(limits),
        })
    }
}

fn expected(values: Option<&OneOrMany>) -> Expected {
    match values {
        None => Expected::NotChecked,
        Some(OneOrMany::One(value)) => Expected::one_of([value]),
        Some(OneOrMany::Many(values)) => Expected::one_of(values),
    }
}
