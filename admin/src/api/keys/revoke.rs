//! A key leaves in disgrace.

use super::json::Revocation;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::KeyView;
use crate::operations::revoke::revoke;
use axum::Json;

/// Takes a pending or retiring key out of the set at once and for good; every token it signed is refused.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/revoke",
    tag = "keys", operation_id = "revoke_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Revocation,
    responses((status = 200, body = KeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(wanted): Body<Revocation>,
) -> Result<Json<KeyView>, Refusal> {
    let key = revoke(&caller.keystile, &caller.actor, &path.issuer, &path.kid, wanted.reason).await?;
    Ok(Json(key))
}
