//! A key leaves in order.

use super::json::Nothing;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::KeyView;
use crate::operations::retire::retire;
use axum::Json;

/// Takes a retiring key out of the set, and destroys its private half.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/retire",
    tag = "keys", operation_id = "retire_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Nothing,
    responses((status = 200, body = KeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<KeyView>, Refusal> {
    Ok(Json(retire(&caller.keystile, &caller.actor, &path.issuer, &path.kid).await?))
}
