//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07): a POST that is sent again happens once, and is
//! answered as the first was.
//!
//! The rules are in [`operations::idempotency`](crate::operations::idempotency). Opening a session takes no key: what it
//! answers is a cookie, and a second session harms nobody.

use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

use super::body::unreadable;
use super::caller::{Caller, bearer, session_cookie};
use super::problem::{Refusal, RequestId};
use super::router::{BODY_LIMIT, Server};
use crate::operations::OperationError;
use crate::operations::idempotency::{self, Repeatable, Turn};

/// The name of the header.
pub(super) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// What a key is, for the description of the API.
pub(super) const PATTERN: &str = r#"^("[!#-\[\]-~]{1,255}"|[!#-\[\]-~]{1,255})$"#;
/// Room for any UUID or hash, and little to keep.
const LONGEST_KEY: usize = 255;
/// Where nobody is known yet: credentials come in the body, or from elsewhere.
pub(super) const BEFORE_SIGN_IN: [&str; 5] = [
    "/v1/session",
    "/v1/session/passkey",
    "/v1/session/first-passkey",
    "/v1/invitation",
    "/v1/session/provider",
];

/// Lets a POST with a key happen once.
pub(super) async fn once(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let is_meant = request.method() == Method::POST && !BEFORE_SIGN_IN.contains(&request.uri().path());
    if !is_meant || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    match Order::read(&server, request).await {
        Ok((order, request)) => order.carry_out(&server, request, next).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// A request with a key, from somebody with a valid credential.
struct Order {
    key: String,
    credential: String,
    fingerprint: Vec<u8>,
    request_id: String,
}

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Order {
    async fn read(server: &Arc<Server>, request: Request) -> Result<(Self, Request), Refusal> {
        let (mut parts, body) = request.into_parts();
        // Who asks, first: answers are given to nobody else.
        Caller::from_request_parts(&mut parts, server).await?;
        let key = key(&parts.headers)?;
        let credential = bearer(&parts.headers).or_else(|| session_cookie(&parts.headers));
        let credential = credential.ok_or(OperationError::Unauthenticated)?.to_owned();
        let too_large = |_| unreadable(StatusCode::PAYLOAD_TOO_LARGE);
        let body = to_bytes(body, BODY_LIMIT).await.map_err(too_large)?;
        let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
        let order = Self { key, credential, fingerprint: fingerprint(&parts, &body), request_id };
        Ok((order, Request::from_parts(parts, Body::from(body))))
    }

    fn repeatable(&self) -> Repeatable<'_> {
        Repeatable {
            credential: &self.credential,
            key: &self.key,
            fingerprint: &self.fingerprint,
            request_id: &self.request_id,
        }
    }

    async fn carry_out(self, server: &Arc<Server>, request: Request, next: Next) -> Response {
        match idempotency::claim(&server.keystile, &self.repeatable()).await {
            Ok(Turn::Done(kept)) => replay(kept.reveal()),
            Ok(Turn::Do) => {
                let server = server.clone();
                // A task of its own: a client that hangs up in the middle asks again, and finds its answer.
                let work = async move { self.do_it(&server, request, next).await };
                let done = tokio::spawn(work.in_current_span()).await;
                done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
            }
            Err(error @ OperationError::IdempotencyInFlight) => {
                Refusal::from(error).retry_after(1).into_response()
            }
            Err(error) => Refusal::from(error).into_response(),
        }
    }

    /// Does it, and keeps the answer. A refusal has changed nothing and is not kept: the next try is judged anew.
    async fn do_it(&self, server: &Server, request: Request, next: Next) -> Response {
        let (parts, body) = next.run(request).await.into_parts();
        let keystile = &server.keystile;
        if !parts.status.is_success() {
            let freed = idempotency::refused(keystile, &self.repeatable()).await;
            note_failure(freed);
            return Response::from_parts(parts, body);
        }
        let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let kept = Kept {
            status: parts.status.as_u16(),
            headers: texts(&parts.headers),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        let kept = serde_json::to_vec(&kept).unwrap_or_default();
        note_failure(idempotency::answered(keystile, &self.repeatable(), &kept).await);
        Response::from_parts(parts, Body::from(body))
    }
}

/// What was done is done, and is answered so; whoever asks again will be told that the answer was lost.
fn note_failure(outcome: Result<(), OperationError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "what came of an idempotent request could not be kept");
    }
}

/// The key: a string of RFC 8941, in its quotes or, as many clients send it, without.
fn key(headers: &HeaderMap) -> Result<String, Refusal> {
    let malformed = || {
        Refusal::invalid_input(format!(
            "`Idempotency-Key` must be one text of 1 to {LONGEST_KEY} visible ASCII characters, such as a UUID"
        ))
    };
    let mut lines = headers.get_all(KEY).iter();
    let line = lines.next().filter(|_| lines.next().is_none()).and_then(|value| value.to_str().ok());
    let line = line.ok_or_else(malformed)?.trim();
    let key = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(line);
    let is_key_byte = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\';
    let fits = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(is_key_byte);
    if fits { Ok(key.to_owned()) } else { Err(malformed()) }
}

/// Everything that tells a request from another, each part preceded by its length.
fn fingerprint(parts: &Parts, body: &Bytes) -> Vec<u8> {
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let content_type = parts.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let if_match = parts.headers.get(header::IF_MATCH).map_or(&b""[..], HeaderValue::as_bytes);
    let mut context = Context::new(&SHA256);
    for part in [parts.method.as_str().as_bytes(), target.as_bytes(), content_type, if_match, body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let readable = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    headers.iter().filter_map(readable).collect()
}

fn replay(kept: &[u8]) -> Response {
    let Ok(kept) = serde_json::from_slice::<Kept>(kept) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(kept.body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
