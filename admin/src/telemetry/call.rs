use reqwest::{RequestBuilder, Response};
use tracing::{Instrument, field};

use super::{SPANS, note};

/// Sends a request to another server, as a span of its own (OpenTelemetry, "Semantic conventions for HTTP spans"). Nothing is
/// added to the request: others are not told of our traces. Of the address, the span has the host alone, because paths and
/// queries of webhooks are credentials.
pub async fn send(request: RequestBuilder) -> Result<Response, reqwest::Error> {
    let (client, request) = request.build_split();
    let request = request?;
    let (method, url) = (request.method().as_str(), request.url());
    let span = tracing::info_span!(
        target: SPANS,
        "call",
        otel.name = method,
        otel.kind = "client",
        otel.status_code = field::Empty,
        http.request.method = method,
        http.response.status_code = field::Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
    );
    let answer = client.execute(request).instrument(span.clone()).await;
    let status = answer.as_ref().map(|answer| answer.status().as_u16());
    if let Ok(status) = status {
        span.record("http.response.status_code", status);
    }
    note(&span, status.is_ok_and(|status| status < 400));
    answer
}
