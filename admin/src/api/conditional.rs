//! `ETag`, `If-None-Match` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1).
//!
//! A tag is the revision of the very bytes of the answer, so it is a strong one.

use std::convert::Infallible;

use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::operations::{Precondition, Revision};

/// Larger answers are sent as they come: nobody waits for a hash of them.
const LARGEST_TAGGED: u64 = 1024 * 1024;

/// Tags what is read, and answers 304 to whoever has it already.
pub(super) async fn tag(request: Request, next: Next) -> Response {
    let is_read = request.method() == Method::GET;
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    if !is_read || !is_document(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let tag = entity_tag(&body);
    let is_known = known.iter().any(|line| names_weakly(line, &tag));
    parts.headers.insert(header::ETAG, tag);
    if is_known {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

/// The tag of an answer with this body.
pub(super) fn entity_tag(body: &Bytes) -> HeaderValue {
    HeaderValue::try_from(format!("\"{}\"", Revision::of(body).as_str()))
        .unwrap_or(HeaderValue::from_static("\"\""))
}

/// A whole answer, of known length and without a tag of its own: no stream of events is one.
fn is_document(response: &Response) -> bool {
    let length = response.body().size_hint().exact();
    response.status() == StatusCode::OK
        && !response.headers().contains_key(header::ETAG)
        && length.is_some_and(|bytes| bytes <= LARGEST_TAGGED)
}

/// The weak comparison, which is that of `If-None-Match`.
fn names_weakly(line: &HeaderValue, tag: &HeaderValue) -> bool {
    let mut named = line.to_str().unwrap_or_default().split(',').map(str::trim);
    named.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it).as_bytes() == tag.as_bytes())
}

/// What the header `If-Match` demands, if it is there. Whether a change may do without is for the operation to say.
pub(super) struct IfMatch(pub(super) Option<Precondition>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(precondition(&parts.headers)))
    }
}

/// The strong comparison: a weak tag matches nothing.
fn precondition(headers: &HeaderMap) -> Option<Precondition> {
    let lines = headers.get_all(header::IF_MATCH).iter().map(|line| line.to_str().unwrap_or_default());
    let tags: Vec<_> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    match tags.as_slice() {
        [] => None,
        ["*"] => Some(Precondition::Exists),
        tags => {
            let strong = tags.iter().filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
            Some(Precondition::OneOf(strong.map(Revision::noted).collect()))
        }
    }
}
