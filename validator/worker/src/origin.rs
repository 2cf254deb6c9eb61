//! A request on its way to the origin. Method, path and body pass through as they are: the body as a stream, and an
//! upgrade to WebSocket as the runtime's own.

use keystile_gateway::{Pass, Refusal};
use worker::{
    Headers, Request, console_error, js_sys, wasm_bindgen::JsCast, wasm_bindgen_futures::JsFuture, web_sys,
};

use crate::{answer::failed, target::Target};

/// Sends the request to the origin and returns its answer untouched.
pub(crate) async fn forward(
    request: &Request,
    target: &Target,
    origin: &str,
    pass: &Pass<'_>,
) -> Result<web_sys::Response, Refusal> {
    let forwarded = prepare(request.inner(), target, origin, pass).map_err(|error| failed(&error))?;
    let runtime: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    match JsFuture::from(runtime.fetch_with_request(&forwarded)).await {
        Ok(response) => Ok(response.unchecked_into()),
        Err(error) => {
            console_error!("the origin: {error:?}");
            Err(Refusal::OriginUnreachable)
        }
    }
}

fn prepare(
    request: &web_sys::Request,
    target: &Target,
    origin: &str,
    pass: &Pass<'_>,
) -> worker::Result<web_sys::Request> {
    let query = match &pass.query {
        Some(query) => query.as_deref(),
        None => target.query(),
    };
    let url = match query {
        Some(query) => format!("{origin}{}?{query}", target.path()),
        None => format!("{origin}{}", target.path()),
    };
    // `new Request(url, request)` takes everything but the URL from `request`, as if it were the options.
    let forwarded = web_sys::Request::new_with_str_and_init(&url, request.unchecked_ref())?;
    let headers = Headers(forwarded.headers());
    for name in &pass.remove {
        headers.delete(name)?;
    }
    for (name, value) in &pass.set {
        headers.set(name, value)?;
    }
    Ok(forwarded)
}
