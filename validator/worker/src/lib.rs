//! The Cloudflare Worker that refuses bad tokens at the edge, before they reach anything that costs money.
//!
//! A request passes only with a token that [`keystile_validator`] believes; every other outcome, an error of our own
//! included, is a refusal. Fetching, keeping and telling is what this crate does; believing is not.
//!
//! What is public here is pure, so that a simulation can rehearse the rhythm of an isolate by a clock of its own.

pub mod clock;
mod counters;
mod deadline;
mod discovery;
mod gate;
mod isolate;
mod key_sets;
pub mod keyring;
mod origin;
mod refusal;
mod report;
pub mod revoked_lists;
#[cfg(feature = "vectors")]
mod sequences;
mod settings;
mod token_source;
#[cfg(feature = "vectors")]
mod vectors;

pub use report::ReportClock;

use std::rc::Rc;

use worker::{Context, Env, Method, Request, event, web_sys};

use crate::{isolate::Isolate, refusal::Refusal};

#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    #[cfg(feature = "vectors")]
    if (request.method(), request.path().as_str()) == (Method::Post, vectors::PATH) {
        return vectors::judge(request).await;
    }
    let isolate = match Isolate::current(&env) {
        Ok(isolate) => isolate,
        Err(error) => return Refusal::from(error).to_response("", &isolate::request_id(&request)),
    };
    isolate.key_sets.ready(&context).await;
    let answer = route(&isolate, &request).await;
    report::send_if_due(&isolate, &request, &context);
    answer.or_else(|refusal| refusal.to_response(&isolate.settings.issuer, &isolate::request_id(&request)))
}

async fn route(isolate: &Rc<Isolate>, request: &Request) -> Result<web_sys::Response, Refusal> {
    match (request.method(), request.path().as_str()) {
        (Method::Get, discovery::JWKS_PATH) => discovery::jwks(isolate),
        (Method::Get, discovery::SIGNED_JWKS_PATH) => discovery::signed_jwks(isolate),
        (Method::Get, discovery::STATUS_PATH) => discovery::status(isolate, request),
        _ => guard(isolate, request).await,
    }
}

/// Lets a request through to the origin only with a token that is believed.
async fn guard(isolate: &Rc<Isolate>, request: &Request) -> Result<web_sys::Response, Refusal> {
    let passport = isolate.judge(request).await?;
    origin::forward(request, &isolate.settings, &passport).await
}
