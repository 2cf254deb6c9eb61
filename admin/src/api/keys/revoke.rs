//! A key leaves in disgrace.

use super::json::{KeyStep, Revocation};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::revoke::{rehearse, revoke};
use axum::Json;

/// Takes a pending or retiring key out of the set at once and for good; every token it signed is refused.
/// With `dry_run`, says only what would happen.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/revoke",
    tag = "keys", operation_id = "revoke_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Revocation,
    responses((status = 200, body = KeyStep)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(Revocation { reason, dry_run }): Body<Revocation>,
) -> Result<Json<KeyStep>, Refusal> {
    let (keystile, actor) = (&caller.keystile, &caller.actor);
    Ok(Json(match dry_run {
        true => rehearse(keystile, actor, &path.issuer, &path.kid).await?.into(),
        false => revoke(keystile, actor, &path.issuer, &path.kid, reason).await?.into(),
    }))
}
