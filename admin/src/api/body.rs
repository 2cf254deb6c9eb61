//! A JSON body, or the refusal that says what is wrong with it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::Refusal;

/// The body of a request, read as JSON. No body at all counts as `{}`: many operations need nothing.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let is_json = is_json(request.headers());
        let bytes =
            Bytes::from_request(request, state).await.map_err(|rejection| unreadable(rejection.status()))?;
        if bytes.is_empty() {
            return parse(b"{}");
        }
        // A page of another site can send other types without asking; JSON it cannot.
        if !is_json {
            return Err(Refusal::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type_unsupported",
                "the body must be JSON: send it with `content-type: application/json`",
            ));
        }
        refuse_list(&bytes)?;
        parse(&bytes)
    }
}

/// A list of values would be read as the members of an object, in the order in which this program happens to name them.
fn refuse_list(bytes: &[u8]) -> Result<(), Refusal> {
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Err(Refusal::invalid_input("the body must be a JSON object, and is a list")),
        _ => Ok(()),
    }
}

/// A change of settings is a merge patch (RFC 7396), and may be called one.
const JSON: [&str; 2] = ["application/json", "application/merge-patch+json"];

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| JSON.iter().any(|json| essence.trim().eq_ignore_ascii_case(json)))
}

pub(super) fn unreadable(status: StatusCode) -> Refusal {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::new(status, "body_too_large", "a body may have 1 MiB: send less")
    } else {
        Refusal::new(StatusCode::BAD_REQUEST, "body_unreadable", "the body ended early: send it again")
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Body<T>, Refusal> {
    serde_json::from_slice(bytes).map(Body).map_err(|error| match error.classify() {
        Category::Data => Refusal::invalid_input(format!("the body does not fit /openapi.json: {error}")),
        Category::Io | Category::Syntax | Category::Eof => {
            Refusal::new(StatusCode::BAD_REQUEST, "json_malformed", format!("the body is not JSON: {error}"))
        }
    })
}
