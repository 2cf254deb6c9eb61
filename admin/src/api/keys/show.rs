//! One key.

use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::{KeyView, keys};
use axum::Json;

/// One key.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/keys/{kid}",
    tag = "keys", operation_id = "show_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    responses((status = 200, body = KeyView)),
)]
pub(in crate::api) async fn handler(caller: Caller, path: KeyPath) -> Result<Json<KeyView>, Refusal> {
    Ok(Json(keys::get(&caller.keystile, &caller.actor, &path.issuer, &path.kid).await?))
}
