//! The signed key set: the edge's second source.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::caller::Anyone;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::key_set::{self, CurrentKeySet};

/// The current signed key set. It is public and believed for its signature, so no credential is asked for.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/key-set",
    tag = "keys", operation_id = "key_set",
    params(("id" = String, Path, description = "Issuer")),
    responses(
        (status = 200, body = String, content_type = "application/jwk-set+jwt", headers(("etag" = String))),
        (status = 304),
    ),
    security(()),
)]
pub(in crate::api) async fn handler(
    anyone: Anyone,
    IssuerPath(issuer): IssuerPath,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let current = key_set::current(&anyone.keystile, &issuer).await?;
    let max_age = current.refresh_secs;
    Ok(answer(current, max_age, &headers))
}

/// The document with its ETag, or that the one the client has is current.
pub(super) fn answer(current: CurrentKeySet, max_age: u64, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}-{}\"", current.version, current.expires_at.as_secs());
    let about = [
        (header::CONTENT_TYPE, "application/jwk-set+jwt".to_owned()),
        (header::CACHE_CONTROL, format!("public, max-age={max_age}")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
        (header::ETAG, etag.clone()),
    ];
    if asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, current.document).into_response()
}
