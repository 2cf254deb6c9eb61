//! What every answer tells the browser not to do.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::console;
use super::router::Server;

/// Own files only, nothing inline, no frame around us, and no text that becomes markup or script.
macro_rules! content_security_policy {
    ($script_src:literal) => {
        concat!(
            "default-src 'none'; script-src ",
            $script_src,
            "; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        )
    };
}
const EVERYWHERE: &str = content_security_policy!("'self'");
/// There, WebAssembly may be compiled too, which is no leave for `eval`.
const IN_THE_INSPECTOR: &str = content_security_policy!("'self' 'wasm-unsafe-eval'");

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// Adds the headers. An answer that says nothing about caching is not kept anywhere.
pub(super) async fn secure(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let policy = if request.uri().path() == console::INSPECTOR { IN_THE_INSPECTOR } else { EVERYWHERE };
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if server.is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}
