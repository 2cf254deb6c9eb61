//! A new key.

use super::json::WantedKey;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{KeyView, keys};
use axum::Json;
use axum::http::StatusCode;

/// Makes or imports a key: pending, and published at once.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/keys",
    tag = "keys", operation_id = "create_key",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedKey,
    responses((status = 201, body = KeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedKey>,
) -> Result<(StatusCode, Json<KeyView>), Refusal> {
    let (new_key, reason) = wanted.into_new_key()?;
    let key = keys::create(&caller.keystile, &caller.actor, &issuer, new_key, reason).await?;
    Ok((StatusCode::CREATED, Json(key)))
}
