//! A key begins to sign.

use super::json::{Activation, KeyStep};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::KeyPath;
use crate::api::problem::Refusal;
use crate::operations::activate::{activate, rehearse};
use axum::Json;

/// Lets a confirmed key sign; the key that signed before is retiring from then on. With `dry_run`, says
/// only what would happen.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys/{kid}/activate",
    tag = "keys", operation_id = "activate_key",
    params(("id" = String, Path, description = "Issuer"), ("kid" = String, Path, description = "Key")),
    request_body = Activation,
    responses((status = 200, body = KeyStep)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    path: KeyPath,
    Body(Activation { override_reason, dry_run }): Body<Activation>,
) -> Result<Json<KeyStep>, Refusal> {
    let (keystile, actor) = (&caller.keystile, &caller.actor);
    Ok(Json(match dry_run {
        true => rehearse(keystile, actor, &path.issuer, &path.kid, override_reason).await?.into(),
        false => activate(keystile, actor, &path.issuer, &path.kid, override_reason).await?.into(),
    }))
}
