//! Each request as a span, by OpenTelemetry's semantic conventions for HTTP servers, within the trace that the client's
//! `traceparent` names (W3C Trace Context). Nothing of a query, a header field or a body is in it.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::router::Server;
use crate::telemetry::{SPANS, note, trace_id};

/// How much of a path is kept. Ours have some 60 characters.
const PATH_CHARS: usize = 256;

/// Wraps every request.
pub(super) async fn span(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let (log, span) = (Span::current(), span_of(&request, server.is_https));
    if !span.is_disabled() {
        let client = TraceContextPropagator::new()
            .extract_with_context(&Context::new(), &HeaderExtractor(request.headers()));
        // Refused where no layer exports.
        let _ = span.set_parent(client);
        if let Some(id) = span.in_scope(trace_id) {
            log.record("trace_id", id);
        }
    }
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    span.record("http.response.status_code", status.as_u16());
    // A refusal is the client's error, not this span's.
    note(&span, !status.is_server_error());
    response
}

fn span_of(request: &Request, is_https: bool) -> Span {
    let method = known(request.method());
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let path: String = request.uri().path().chars().take(PATH_CHARS).collect();
    let name = match (method, route) {
        ("_OTHER", route) => ["HTTP", route.unwrap_or_default()].join(" "),
        (method, route) => [method, route.unwrap_or_default()].join(" "),
    };
    tracing::info_span!(
        target: SPANS,
        "request",
        otel.name = name.trim_end(),
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = field::Empty,
        url.path = path,
        url.scheme = if is_https { "https" } else { "http" },
    )
}

/// A method is whatever a client makes up; the conventions want few.
fn known(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    if known.contains(method) { method.as_str() } else { "_OTHER" }
}
