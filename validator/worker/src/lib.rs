//! The Cloudflare Worker that refuses bad tokens at the edge, before they reach anything that costs money.
//!
//! A request passes only with a token that [`keystile_validator`] believes; every other outcome, an error of our own
//! included, is a refusal. Fetching, keeping and telling is what this crate does; believing is not.

mod analytics;
mod answer;
mod clock;
mod deadline;
mod delivery;
mod deployment;
mod discovery;
mod emergency_channel;
mod isolate;
mod key_sets;
mod log;
#[cfg(feature = "vectors")]
mod look_ups;
mod origin;
mod report;
#[cfg(feature = "vectors")]
mod sequences;
mod settings;
mod target;
#[cfg(feature = "vectors")]
mod vectors;

use std::rc::Rc;

use keystile_gateway::{Decision, Refusal, RequestHead, Wording};
use worker::{Context, Env, Headers, Method, Request, event, web_sys};

use crate::{answer::refuse, deployment::Deployment, isolate::Isolate, target::Target};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    #[cfg(feature = "vectors")]
    if (request.method(), request.path().as_str()) == (Method::Post, vectors::PATH) {
        return vectors::judge(request, &env).await;
    }
    let isolate = match isolate(&env, &context).await {
        Ok(isolate) => isolate,
        Err(refusal) => return refuse(&refusal, CLOSED, &isolate::request_id(&request)),
    };
    isolate.ready(&context).await;
    let answer = route(&isolate, &request).await;
    report::send_if_due(&isolate, &request, &context);
    let wording = Wording::from(&*isolate.policy);
    answer.or_else(|refusal| refuse(&refusal, wording, &isolate::request_id(&request)))
}

async fn isolate(env: &Env, context: &Context) -> Result<Rc<Isolate>, Refusal> {
    Deployment::of(env)?.isolate(context).await
}

/// A gateway without a policy has no realm, and says what it lacks.
const CLOSED: Wording<'static> = Wording { realm: "", detail: keystile_gateway::Detail::Explain };

async fn route(isolate: &Rc<Isolate>, request: &Request) -> Result<web_sys::Response, Refusal> {
    match (request.method(), request.path().as_str()) {
        // The runtime answers HEAD without the body (RFC 9110 section 9.3.2).
        (Method::Get | Method::Head, discovery::JWKS_PATH) => discovery::jwks(isolate),
        (Method::Get | Method::Head, discovery::SIGNED_JWKS_PATH) => discovery::signed_jwks(isolate),
        (Method::Get | Method::Head, discovery::STATUS_PATH) => discovery::status(isolate, request),
        (Method::Put, path) if let Some(issuer) = delivery::recipient(isolate, path) => {
            delivery::take(issuer, request).await.map_err(|error| answer::failed(&error))
        }
        _ => guard(isolate, request).await,
    }
}

/// Lets a request through to the origin only as the policy says.
async fn guard(isolate: &Rc<Isolate>, request: &Request) -> Result<web_sys::Response, Refusal> {
    let target = Target::of(request.inner().url());
    let method = request.inner().method();
    let headers: Vec<(String, String)> = Headers(request.inner().headers()).entries().collect();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let head = RequestHead {
        method: &method,
        host: target.host(),
        path: target.path(),
        query: target.query(),
        headers: &headers,
    };
    let decision = isolate.decide(&head).await;
    isolate.count(&decision, request);
    log::decision(isolate, request, &decision);
    match decision {
        Decision::Pass(mut pass) => {
            isolate.assert(&mut pass, &head, request);
            origin::forward(request, &target, &isolate.settings.origin, &pass).await
        }
        Decision::Refuse { refusal, .. } => Err(refusal),
    }
}
