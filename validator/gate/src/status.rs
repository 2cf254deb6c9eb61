//! What the gate tells about itself, on an address of its own, so that no path is taken from an origin and nobody
//! outside can read the counters.

use std::sync::Arc;

use hyper::{Method, Request, Response, StatusCode, body::Incoming, header::HeaderValue};
use keystile_gateway::{Counters, Keyring, Moment, Provider};
use keystile_validator::KeySet;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;

use crate::{
    body::{Body, full},
    clock,
    connection::{Answers, Caller},
    deployment::Deployment,
    gate::Gate,
    metrics,
};

/// Answers those who ask how the gate is doing.
#[derive(Clone)]
pub(crate) struct Status {
    pub(crate) deployment: Arc<Deployment>,
    pub(crate) stopped: watch::Receiver<bool>,
}

const JSON: &str = "application/json";

impl Answers for Status {
    async fn answer(&self, request: Request<Incoming>, _: Caller) -> Response<Body> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET and HEAD\n".to_owned());
        }
        match request.uri().path() {
            "/healthz" => answer(StatusCode::OK, "text/plain", "ok\n".to_owned()),
            "/readyz" => self.readiness(),
            "/metrics" => self.of_the_gate(metrics::CONTENT_TYPE, |gate| metrics::of(gate, clock::now())),
            "/.well-known/keystile" => self.of_the_gate(JSON, |gate| {
                let trouble = self.deployment.trouble();
                // Texts and numbers are always JSON.
                GateStatus::with((gate, trouble), |status| serde_json::to_string(&status).unwrap_or_default())
            }),
            _ => answer(
                StatusCode::NOT_FOUND,
                "text/plain",
                "see /healthz, /readyz, /metrics and /.well-known/keystile\n".to_owned(),
            ),
        }
    }
}

impl Status {
    /// What there is to tell about a gate, once there is one.
    fn of_the_gate(&self, content_type: &'static str, tell: impl FnOnce(&Gate) -> String) -> Response<Body> {
        match self.deployment.gate() {
            Ok(gate) => answer(StatusCode::OK, content_type, tell(&gate)),
            Err(refusal) => answer(StatusCode::SERVICE_UNAVAILABLE, "text/plain", format!("{refusal}\n")),
        }
    }

    /// Ready to be sent requests: there is a key set of every provider, and nobody has said stop.
    fn readiness(&self) -> Response<Body> {
        let is_stopping = *self.stopped.borrow();
        let is_ready = self.deployment.gate().is_ok_and(|gate| gate.is_ready()) && !is_stopping;
        let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        answer(status, JSON, json!({ "ready": is_ready, "stopping": is_stopping }).to_string())
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static(content_type));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

/// Versions, ages and counters. Nothing of it is secret.
#[derive(Serialize)]
struct GateStatus<'a> {
    region: &'a str,
    instance: &'a str,
    /// The version of a signed policy.
    policy_version: Option<u64>,
    /// Why the policy that was read last is not followed.
    policy_error: Option<String>,
    /// The arithmetic that verifies signatures here.
    engine: &'static str,
    verdicts_kept: usize,
    providers: Vec<KeySetStatus<'a>>,
    counters: &'a Counters,
}

/// What the tokens of one provider are judged by.
#[derive(Serialize)]
struct KeySetStatus<'a> {
    provider: &'a str,
    issuer: &'a str,
    standing: &'static str,
    version: Option<u64>,
    key_set_age_seconds: Option<u64>,
    key_set_expires_at: Option<String>,
    refreshed_at: Option<String>,
    last_error: Option<String>,
}

impl GateStatus<'_> {
    fn with(
        (gate, policy_error): (&Gate, Option<String>),
        look: impl FnOnce(GateStatus<'_>) -> String,
    ) -> String {
        let now = clock::now();
        let providers = gate.providers().map(|(it, key_sets)| KeySetStatus::of(it, &key_sets.keyring(), now));
        look(GateStatus {
            region: &gate.lasting.region,
            instance: &gate.lasting.instance,
            policy_version: gate.policy_version,
            policy_error,
            engine: keystile_validator::engine(),
            verdicts_kept: gate.verdicts_kept(),
            providers: providers.collect(),
            counters: &gate.lasting.counters(),
        })
    }
}

impl<'a> KeySetStatus<'a> {
    fn of(provider: &'a Provider, keyring: &Keyring, now: Moment) -> Self {
        let expires_at = keyring.key_set().and_then(KeySet::expires_at);
        Self {
            provider: provider.name(),
            issuer: provider.issuer(),
            standing: keyring.standing(now).as_str(),
            version: keyring.version(),
            key_set_age_seconds: keyring.age(now).map(|age| age.as_secs()),
            key_set_expires_at: expires_at.and_then(|at| clock::rfc3339(at.into())),
            refreshed_at: keyring.confirmed().and_then(clock::rfc3339),
            last_error: keyring.last_error().map(ToString::to_string),
        }
    }
}
