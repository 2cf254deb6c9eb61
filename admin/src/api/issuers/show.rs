//! One issuer.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{IssuerView, issuers};
use axum::Json;

/// An issuer and its policy.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}",
    tag = "issuers", operation_id = "show_issuer",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = IssuerView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<IssuerView>, Refusal> {
    Ok(Json(issuers::get(&caller.keystile, &caller.actor, &issuer).await?))
}
