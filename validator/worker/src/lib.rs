//! The Cloudflare Worker that refuses bad tokens at the edge, before they reach anything that costs money.
//!
//! A request passes only with a token that [`keystile_validator`] believes; every other outcome, an error of our own
//! included, is a refusal. Fetching, keeping and telling is what this crate does; believing is not.

mod answer;
mod clock;
mod deadline;
mod discovery;
mod isolate;
mod key_sets;
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
use worker::{Context, Env, Headers, Method, Request, console_log, event, web_sys};

use crate::{answer::refuse, isolate::Isolate, target::Target};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    #[cfg(feature = "vectors")]
    if (request.method(), request.path().as_str()) == (Method::Post, vectors::PATH) {
        return vectors::judge(request).await;
    }
    let isolate = match Isolate::current(&env) {
        Ok(isolate) => isolate,
        Err(error) => return refuse(&error.into(), CLOSED, &isolate::request_id(&request)),
    };
    isolate.ready(&context).await;
    let answer = route(&isolate, &request).await;
    report::send_if_due(&isolate, &request, &context);
    let wording = Wording::from(&isolate.settings.policy);
    answer.or_else(|refusal| refuse(&refusal, wording, &isolate::request_id(&request)))
}

/// A gateway without a policy has no realm, and says what it lacks.
const CLOSED: Wording<'static> = Wording { realm: "", detail: keystile_gateway::Detail::Explain };

async fn route(isolate: &Rc<Isolate>, request: &Request) -> Result<web_sys::Response, Refusal> {
    match (request.method(), request.path().as_str()) {
        (Method::Get, discovery::JWKS_PATH) => discovery::jwks(isolate),
        (Method::Get, discovery::SIGNED_JWKS_PATH) => discovery::signed_jwks(isolate),
        (Method::Get, discovery::STATUS_PATH) => discovery::status(isolate, request),
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
    match isolate.decide(&head).await {
        Decision::Pass(pass) => {
            isolate.counters.borrow_mut().pass(&pass, clock::now());
            if let Some(refusal) = &pass.shadowed {
                log(isolate, request, "shadowed", Some(pass.route.id()), refusal);
            }
            origin::forward(request, &target, &isolate.settings.origin, &pass).await
        }
        Decision::Refuse { route, refusal } => {
            let route = route.map(|route| route.id());
            isolate.counters.borrow_mut().refuse(route, &refusal);
            log(isolate, request, "refused", route, &refusal);
            Err(refusal)
        }
    }
}

/// One line for a request that is refused, or would be: nothing of its token, and how fresh the keys are.
fn log(isolate: &Isolate, request: &Request, event: &str, route: Option<&str>, refusal: &Refusal) {
    let now = clock::now();
    let key_sets = isolate.issuers.iter().map(|issuer| {
        let keyring = issuer.key_sets.keyring();
        let age = keyring.age(now).map(|age| age.as_secs());
        serde_json::json!([keyring.version(), age, keyring.standing(now).as_str()])
    });
    let line = serde_json::json!({
        "event": event,
        "code": refusal.code(),
        "route": route,
        "region": isolate.region(request),
        "request_id": isolate::request_id(request),
        "key_sets": key_sets.collect::<Vec<_>>(),
    });
    console_log!("{line}");
}
