//! A key begins to sign.

use super::json::Activation;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::KeyView;
use crate::operations::activate::activate;
use axum::Json;

/// Lets a confirmed key sign; the key that signed before is retiring from then on.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/activate",
    tag = "keys", operation_id = "activate_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Activation,
    responses((status = 200, body = KeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(wanted): Body<Activation>,
) -> Result<Json<KeyView>, Refusal> {
    let Activation { override_reason } = wanted;
    let key = activate(&caller.keystile, &caller.actor, &path.issuer, &path.kid, override_reason).await?;
    Ok(Json(key))
}
