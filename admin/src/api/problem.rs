//! Every refusal as one kind of answer: a problem document (RFC 9457) with a stable code and the request's
//! id.

use aws_lc_rs::rand;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::{Instrument, field};
use utoipa::ToSchema;

use crate::domain::Timestamp;
use crate::operations::{ErrorKind, OperationError};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The answer to a request that was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// A page about this code.
    r#type: String,
    /// The code in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// The stable code.
    code: &'static str,
    /// What is wrong here, and what to do.
    detail: String,
    /// The id of this request, as the server's log shows it.
    request_id: String,
    /// From when on the same request would be granted, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    safe_at: Option<Timestamp>,
}

/// A refusal on its way out. [`answer`] writes the document, because only there the request's id is known.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    detail: String,
    safe_at: Option<Timestamp>,
    retry_after_secs: Option<u64>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), safe_at: None, retry_after_secs: None }
    }

    pub(super) fn invalid_input(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_input", detail)
    }

    /// Whether it is one to come back after.
    pub(super) fn is_too_many(&self) -> bool {
        self.status == StatusCode::TOO_MANY_REQUESTS
    }

    pub(super) fn retry_after(self, secs: u64) -> Self {
        Self { retry_after_secs: Some(secs), ..self }
    }

    /// The refusal that a bare status means: what axum and its layers answer by themselves.
    fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::GATEWAY_TIMEOUT => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "timeout",
                "the server took too long: try again, and look at /readyz if it persists",
            ),
            _ if status.is_client_error() => {
                Self::new(status, "request_refused", "the request cannot be read: see /openapi.json")
            }
            _ => Self::new(status, "internal", INTERNAL),
        }
    }

    /// The document, with the headers that were set beside the refusal.
    fn document(self, request_id: &str, beside: &HeaderMap) -> Response {
        let problem = Problem {
            r#type: format!("https://keystile.dev/errors/{}", self.code),
            title: in_words(self.code),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            request_id: request_id.to_owned(),
            safe_at: self.safe_at,
        };
        let mut response = (self.status, axum::Json(problem)).into_response();
        let headers = response.headers_mut();
        let of_the_body = [header::CONTENT_TYPE, header::CONTENT_LENGTH];
        let kept = beside.iter().filter(|(name, _)| !of_the_body.contains(name));
        headers.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"keystile\""));
        }
        if let Some(secs) = self.retry_after_secs {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

const INTERNAL: &str = "the server is at fault, and nothing was changed: report it with the request id";

/// The one place where refusals of operations become statuses. A fault of the server says nothing of its
/// cause.
impl From<OperationError> for Refusal {
    fn from(error: OperationError) -> Self {
        let status = match error.kind() {
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Unconditional => StatusCode::PRECONDITION_REQUIRED,
            ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
            ErrorKind::Contradictory => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => {
                tracing::error!(code = error.code(), "{error}");
                return Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.code(), INTERNAL);
            }
        };
        let detail = match error.help() {
            Some(help) => format!("{error}: {help}"),
            None => error.to_string(),
        };
        Self { safe_at: error.safe_at(), ..Self::new(status, error.code(), detail) }
    }
}

/// The id of a request: made here, never taken from the client, so that it can be trusted in the log.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

impl RequestId {
    fn new() -> Self {
        let mut bytes = [0; 8];
        // Without randomness ids repeat and the log is harder to read, but nothing depends on them.
        let _ = rand::fill(&mut bytes);
        Self(format!("{:016x}", u64::from_be_bytes(bytes)))
    }
}

/// Wraps every request: gives it an id, logs its outcome, and writes refusals as problem documents.
pub(super) async fn answer(mut request: Request, next: Next) -> Response {
    let id = RequestId::new();
    request.extensions_mut().insert(id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id = id.0, trace_id = field::Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = refusal.document(&id.0, response.headers());
    } else if status.is_client_error() || status.is_server_error() {
        response = Refusal::from_status(status).document(&id.0, response.headers());
    }
    span.in_scope(|| tracing::info!(%method, path, status = response.status().as_u16(), "answered"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// The route exists, but not for this method.
pub(super) async fn wrong_method() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not answer that method: /openapi.json lists those it answers",
    )
}

/// `not_yet_confirmed` becomes `Not yet confirmed`.
fn in_words(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
