//! What the gateway tells everybody: the public keys for verifiers of other makes, and how it is doing.

use keystile_gateway::{Counters, Moment, Provider, Refusal};
use keystile_validator::KeySet;
use serde::Serialize;
use worker::{Request, Response, ResponseBuilder, web_sys};

use crate::{
    answer::failed,
    clock,
    isolate::{Isolate, Issuer},
};

/// The public keys as a plain JWK Set.
pub(crate) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// The signed key set.
pub(crate) const SIGNED_JWKS_PATH: &str = "/.well-known/jwks.jwt";

/// The state of the isolate that happens to answer.
pub(crate) const STATUS_PATH: &str = "/.well-known/keystile";

/// The public keys, to be kept by a cache until they are planned to change.
pub(crate) fn jwks(isolate: &Isolate) -> Result<web_sys::Response, Refusal> {
    let keyring = isolate.first()?.key_sets.keyring();
    let key_set = keyring.key_set().ok_or(Refusal::KeySetUnavailable)?;
    copy("application/jwk-set+json", key_set, key_set.to_jwks())
}

/// The same keys as they were signed, for whoever has pinned a root.
pub(crate) fn signed_jwks(isolate: &Isolate) -> Result<web_sys::Response, Refusal> {
    let keyring = isolate.first()?.key_sets.keyring();
    let (key_set, document) = keyring.key_set().zip(keyring.document()).ok_or(Refusal::KeySetUnavailable)?;
    copy("application/jwk-set+jwt", key_set, document.to_owned())
}

fn copy(content_type: &str, key_set: &KeySet, body: String) -> Result<web_sys::Response, Refusal> {
    let max_age = key_set.copy_secs(clock::now().unix_time()).unwrap_or_default();
    let answer = || {
        Ok(Response::builder()
            .with_header("content-type", content_type)?
            .with_header("cache-control", &format!("public, max-age={max_age}"))?
            .with_header("access-control-allow-origin", "*")?
            .fixed(body.into_bytes())
            .into())
    };
    answer().map_err(|error| failed(&error))
}

/// Version, age and counters. Nothing of it is secret.
pub(crate) fn status(isolate: &Isolate, request: &Request) -> Result<web_sys::Response, Refusal> {
    let issuers = isolate.issuers.iter().zip(isolate.policy.providers());
    let mut providers: Vec<_> =
        issuers.map(|(issuer, provider)| KeySetStatus::of(issuer, provider)).collect();
    let status = Status {
        first: providers.remove(0),
        providers,
        region: &isolate.region(request),
        instance: &isolate.instance,
        engine: keystile_validator::engine(),
        policy_version: isolate.policy_version,
        verdicts_kept: isolate.verdicts_kept(),
        memory_bytes: memory_bytes(),
        counters: &isolate.counters.borrow(),
    };
    let answer = |status: &Status<'_>| {
        let response: ResponseBuilder = Response::builder().with_header("cache-control", "no-store")?;
        Ok(response.from_json(status)?.into())
    };
    answer(&status).map_err(|error| failed(&error))
}

/// A page of WASM memory has 64 KiB.
#[cfg(target_arch = "wasm32")]
fn memory_bytes() -> usize {
    core::arch::wasm32::memory_size(0) * 65_536
}

/// Only the edge has WASM memory.
#[cfg(not(target_arch = "wasm32"))]
fn memory_bytes() -> usize {
    0
}

#[derive(Serialize)]
struct Status<'a> {
    /// The first provider, about which the documents under `/.well-known/` are.
    #[serde(flatten)]
    first: KeySetStatus<'a>,
    /// The others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    providers: Vec<KeySetStatus<'a>>,
    region: &'a str,
    instance: &'a str,
    /// The arithmetic that verifies signatures here.
    engine: &'static str,
    /// The version of the policy, if it was read from the store.
    policy_version: Option<u64>,
    verdicts_kept: usize,
    /// What the isolate has taken of its 128 MiB; it is never given back.
    memory_bytes: usize,
    counters: &'a Counters,
}

/// What an isolate judges the tokens of one provider by.
#[derive(Serialize)]
struct KeySetStatus<'a> {
    provider: &'a str,
    issuer_id: Option<&'a str>,
    issuer: &'a str,
    version: Option<u64>,
    /// Whether that version was confirmed, is the last good one, was bundled, has ended, or is none.
    standing: &'static str,
    key_set_age_seconds: Option<u64>,
    key_set_expires_at: Option<String>,
    refreshed_at: Option<String>,
    last_error: Option<String>,
    /// When the emergency channel was last read; left out where none is bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    emergency_channel: Option<ChannelStatus>,
}

#[derive(Serialize)]
struct ChannelStatus {
    read_at: Option<String>,
}

impl<'a> KeySetStatus<'a> {
    fn of(issuer: &'a Issuer, provider: &'a Provider) -> Self {
        let (keyring, now) = (issuer.key_sets.keyring(), clock::now());
        let expires_at = keyring.key_set().and_then(KeySet::expires_at);
        Self {
            provider: provider.name(),
            issuer_id: issuer.key_sets.issuer_id(),
            issuer: provider.issuer(),
            version: keyring.version(),
            standing: keyring.standing(now).as_str(),
            key_set_age_seconds: keyring.age(now).map(|age| age.as_secs()),
            key_set_expires_at: expires_at.map(|at| clock::rfc3339(Moment::from(at))),
            refreshed_at: keyring.confirmed().map(clock::rfc3339),
            last_error: keyring.last_error().map(ToString::to_string),
            emergency_channel: issuer
                .key_sets
                .channel()
                .map(|channel| ChannelStatus { read_at: channel.read_well().map(clock::rfc3339) }),
        }
    }
}
