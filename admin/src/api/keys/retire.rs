//! A key leaves in order.

use super::json::{KeyStep, Retirement};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::retire::{rehearse, retire};
use axum::Json;

/// Takes a retiring key out of the set. Its private half is destroyed, or kept sealed for a rollback for as long as the
/// policy says. With `dry_run`, says only what would happen.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/retire",
    tag = "keys", operation_id = "retire_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Retirement,
    responses((status = 200, body = KeyStep)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(Retirement { dry_run }): Body<Retirement>,
) -> Result<Json<KeyStep>, Refusal> {
    let (keystile, actor) = (&caller.keystile, &caller.actor);
    Ok(Json(match dry_run {
        true => rehearse(keystile, actor, &path.issuer, &path.kid).await?.into(),
        false => retire(keystile, actor, &path.issuer, &path.kid).await?.into(),
    }))
}
