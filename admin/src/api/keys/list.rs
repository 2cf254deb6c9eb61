//! The keys of an issuer.

use super::json::KeyList;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::keys;
use axum::Json;

/// Every key the issuer ever had, the active one first, then the newest.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/keys",
    tag = "keys", operation_id = "list_keys",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = KeyList)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<KeyList>, Refusal> {
    Ok(Json(KeyList { keys: keys::list(&caller.keystile, &caller.actor, &issuer).await? }))
}
