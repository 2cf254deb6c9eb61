//! What lies beside the signed key set: a filter of revoked tokens, or one of its lists, for readers without the store.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::caller::Anyone;
use crate::api::path::ValuePath;
use crate::api::problem::Refusal;
use crate::operations::key_set;

/// A value that the signed key set names: a filter, or one of its lists. Believed for its digest, so that no credential
/// is asked for.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/key-set/{name}",
    tag = "keys", operation_id = "key_set_value",
    params(
        ("id" = String, Path, description = "Issuer"),
        ("name" = String, Path, description = "Name in the key set, its slashes as `%2F`; behind that of a filter `/` and the number of a list"),
    ),
    responses((status = 200, body = [u8], content_type = "application/octet-stream"), (status = 404)),
    security(()),
)]
pub(in crate::api) async fn handler(anyone: Anyone, path: ValuePath) -> Result<Response, Refusal> {
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        // It is called after its content.
        (header::CACHE_CONTROL, "public, max-age=86400, immutable"),
    ];
    Ok(match key_set::value(&anyone.keystile, &path.issuer, &path.name).await? {
        Some(value) => (about, value).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    })
}
