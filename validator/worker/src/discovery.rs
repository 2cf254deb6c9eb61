//! What the gateway tells everybody: the public keys for verifiers of other makes, and how it is doing.

use keystile_validator::KeySet;
use serde::Serialize;
use worker::{Request, Response, ResponseBuilder, web_sys};

use crate::{clock::Moment, counters::Counters, isolate::Isolate, keyring::Keyring, refusal::Refusal};

/// The public keys as a plain JWK Set.
pub(crate) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// The signed key set.
pub(crate) const SIGNED_JWKS_PATH: &str = "/.well-known/jwks.jwt";

/// The state of the isolate that happens to answer.
pub(crate) const STATUS_PATH: &str = "/.well-known/keystile";

/// The public keys, to be kept by a cache until they are planned to change.
pub(crate) fn jwks(isolate: &Isolate) -> Result<web_sys::Response, Refusal> {
    let keyring = isolate.key_sets.keyring();
    let key_set = keyring.key_set().ok_or(Refusal::KeySetUnavailable)?;
    copy("application/jwk-set+json", key_set, key_set.to_jwks())
}

/// The same keys as they were signed, for whoever has pinned a root.
pub(crate) fn signed_jwks(isolate: &Isolate) -> Result<web_sys::Response, Refusal> {
    let keyring = isolate.key_sets.keyring();
    let (key_set, document) = keyring.key_set().zip(keyring.document()).ok_or(Refusal::KeySetUnavailable)?;
    copy("application/jwk-set+jwt", key_set, document.to_owned())
}

fn copy(content_type: &str, key_set: &KeySet, body: String) -> Result<web_sys::Response, Refusal> {
    let max_age = key_set.copy_secs(Moment::now().unix_time()).unwrap_or_default();
    let response = Response::builder()
        .with_header("content-type", content_type)?
        .with_header("cache-control", &format!("public, max-age={max_age}"))?
        .with_header("access-control-allow-origin", "*")?
        .fixed(body.into_bytes());
    Ok(response.into())
}

/// Version, age and counters. Nothing of it is secret.
pub(crate) fn status(isolate: &Isolate, request: &Request) -> Result<web_sys::Response, Refusal> {
    let keyring = isolate.key_sets.keyring();
    let status = Status {
        issuer_id: &isolate.settings.issuer_id,
        issuer: &isolate.settings.issuer,
        version: keyring.version(),
        key_set_age_seconds: age_seconds(&keyring, Moment::now()),
        key_set_expires_at: keyring
            .key_set()
            .and_then(KeySet::expires_at)
            .map(|at| Moment::from(at).rfc3339()),
        region: &isolate.region(request),
        instance: &isolate.instance,
        engine: keystile_validator::engine(),
        refreshed_at: keyring.confirmed().map(Moment::rfc3339),
        last_error: keyring.last_error().map(ToString::to_string),
        counters: &isolate.counters.borrow(),
    };
    let response: ResponseBuilder = Response::builder().with_header("cache-control", "no-store")?;
    Ok(response.from_json(&status)?.into())
}

/// For how many seconds the store has not confirmed the key set; `None` if it never has.
pub(crate) fn age_seconds(keyring: &Keyring, now: Moment) -> Option<u64> {
    keyring.confirmed().map(|confirmed| now.since(confirmed).as_secs())
}

#[derive(Serialize)]
struct Status<'a> {
    issuer_id: &'a str,
    issuer: &'a str,
    version: Option<u64>,
    key_set_age_seconds: Option<u64>,
    key_set_expires_at: Option<String>,
    region: &'a str,
    instance: &'a str,
    /// The arithmetic that verifies signatures here.
    engine: &'static str,
    refreshed_at: Option<String>,
    last_error: Option<String>,
    counters: &'a Counters,
}
