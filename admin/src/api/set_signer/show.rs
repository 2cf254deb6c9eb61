//! What signs the key sets of an issuer.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{SetSignerView, set_signer};
use axum::Json;

/// What signs the key sets of an issuer now, and until when.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/set-signer",
    tag = "roots", operation_id = "show_set_signer",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = SetSignerView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<SetSignerView>, Refusal> {
    Ok(Json(set_signer::get(&caller.keystile, &caller.actor, &issuer).await?))
}
