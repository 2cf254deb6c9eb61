//! What the edge runs.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{EdgeView, edge};
use axum::Json;

/// Every region of the edge, and whether it has the current version.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/edge",
    tag = "edge", operation_id = "show_edge",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = EdgeView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<EdgeView>, Refusal> {
    Ok(Json(edge::view(&caller.keystile, &caller.actor, &issuer).await?))
}
