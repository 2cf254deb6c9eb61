//! What the gateway decides, over tokens that are really signed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "what goes wrong here fails the test, and `json!` reads best in place"
)]

use std::sync::{Arc, LazyLock};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use keystile_validator::{KeySet, Limits, UnixTime, Validator};
use serde_json::{Value, json};

use keystile_gateway::{
    Believed, Decision, Distrust, GatewayPolicy, Judge, Pass, Profile, Refusal, RequestHead,
};

mod forwarding;
mod requirements;
mod routes;
mod verdicts;

const NOW: u64 = 1_800_000_000;

/// An issuer with one key.
struct Issuer {
    kid: &'static str,
    key: KeyPair,
}

static MAIN: LazyLock<Issuer> = LazyLock::new(|| Issuer::new("main-key"));
static PARTNER: LazyLock<Issuer> = LazyLock::new(|| Issuer::new("partner-key"));

impl Issuer {
    fn new(kid: &'static str) -> Self {
        Self { kid, key: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    /// A key set with the one key, for the provider at this position.
    fn key_set(&self) -> KeySet {
        let public = self.key.public_key();
        let bytes = |integer: aws_lc_rs::rsa::PublicKeyComponents<Vec<u8>>| (integer.n, integer.e);
        let (n, e) = bytes(public.into());
        let jwk = json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.kid,
            "n": BASE64URL.encode(n), "e": BASE64URL.encode(e),
        });
        KeySet::from_jwks(json!({ "keys": [jwk] }).to_string().as_bytes(), &Limits::default()).unwrap()
    }

    /// A good token of `iss`, with `changes`; `null` takes a claim away.
    fn token(&self, iss: &str, changes: Value) -> String {
        let mut claims = json!({ "iss": iss, "aud": "api", "sub": "ada", "exp": NOW + 600, "iat": NOW });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let header = json!({ "alg": "RS256", "kid": self.kid, "typ": "at+jwt" });
        let encode = |value: &Value| BASE64URL.encode(value.to_string());
        let input = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature).unwrap();
        format!("{input}.{}", BASE64URL.encode(signature))
    }
}

const MAIN_ISS: &str = "https://main.example";
const PARTNER_ISS: &str = "https://partner.example";

/// A token of the main issuer.
fn token(changes: Value) -> String {
    MAIN.token(MAIN_ISS, changes)
}

/// Judges by the key of each provider: the main issuer's for the first, the partner's for the second.
struct Keys<'p> {
    policy: &'p GatewayPolicy,
    has_keys: [bool; 2],
}

impl Judge for Keys<'_> {
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust> {
        if !self.has_keys[profile.provider()] {
            return Err(Distrust::NoKeySet);
        }
        let issuer = if profile.provider() == 0 { &MAIN } else { &PARTNER };
        let validator = Validator::new(issuer.key_set(), profile.policy().clone());
        let token = validator.validate(token.as_bytes(), UnixTime::from_secs(NOW))?;
        let provider = self.policy.providers().nth(profile.provider()).unwrap();
        Ok(Arc::new(Believed::new(&token, provider)))
    }
}

/// A policy with the two providers, changed by `changes`, and these routes.
fn policy_with(changes: Value, routes: Value) -> GatewayPolicy {
    let mut document = json!({
        "format": 1,
        "providers": {
            "main": { "issuer": MAIN_ISS, "audience": "api", "keys": { "jwks": { "at": "kv:main" } } },
            "partner": {
                "issuer": PARTNER_ISS, "audience": "api", "keys": { "jwks": { "at": "kv:partner" } },
                "from": ["header:x-partner-token"],
            },
        },
        "routes": routes,
    });
    // A provider that no route demands is a fault.
    let both = json!({ "any": [{ "provider": "main" }, { "provider": "partner" }] });
    let rest = json!({ "id": "both", "hosts": ["both.example"], "require": both });
    document["routes"].as_array_mut().unwrap().push(rest);
    merge(&mut document, changes);
    GatewayPolicy::from_json(&document.to_string()).unwrap()
}

fn policy(routes: Value) -> GatewayPolicy {
    policy_with(json!({}), routes)
}

fn merge(into: &mut Value, changes: Value) {
    match (into, changes) {
        (Value::Object(into), Value::Object(changes)) => {
            for (name, value) in changes {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, changes) => *into = changes,
    }
}

/// A request to decide about.
struct Ask<'a> {
    request: &'a str,
    headers: &'a [(&'a str, &'a str)],
}

impl<'a> Ask<'a> {
    /// `GET https://api.example/x`, with these headers.
    fn of(request: &'a str, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { request, headers }
    }

    fn head(&self) -> RequestHead<'a> {
        let (method, url) = self.request.split_once(' ').unwrap();
        let rest = url.split_once("://").unwrap().1;
        let (host, path) = rest.split_at(rest.find('/').unwrap());
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        RequestHead { method, host, path, query, headers: self.headers }
    }

    /// The decision, as the code of a refusal or the name of the route that lets pass.
    fn outcome(&self, policy: &GatewayPolicy) -> String {
        self.outcome_with_keys(policy, [true, true])
    }

    fn outcome_with_keys(&self, policy: &GatewayPolicy, has_keys: [bool; 2]) -> String {
        match policy.decide(&self.head(), &Keys { policy, has_keys }) {
            Decision::Pass(pass) => format!("pass {}", pass.route.id()),
            Decision::Refuse { refusal, .. } => refusal.code().to_owned(),
        }
    }
}

/// Hands `look` what becomes of a request that must pass.
fn passing<T>(policy: &GatewayPolicy, ask: &Ask<'_>, look: impl FnOnce(Pass<'_>) -> T) -> T {
    match policy.decide(&ask.head(), &Keys { policy, has_keys: [true, true] }) {
        Decision::Pass(pass) => look(*pass),
        Decision::Refuse { refusal, .. } => panic!("refused: {refusal}"),
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[test]
fn a_refusal_names_an_unknown_key_only_if_a_newer_set_could_turn_it() {
    let unknown = Refusal::Token(keystile_validator::Code::KidUnknown.into());
    let forged = Refusal::Token(keystile_validator::Code::SignatureInvalid.into());
    assert!(unknown.names_an_unknown_key() && !forged.names_an_unknown_key());
}
