//! What the edges counted in the last hour.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::edge_minutes::{self, EdgeMinutes};
use axum::Json;

/// Accepted and refused requests of the last hour, minute by minute: by reason and by key.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/edge/minutes",
    tag = "edge", operation_id = "show_edge_minutes",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = EdgeMinutes)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<EdgeMinutes>, Refusal> {
    Ok(Json(edge_minutes::view(&caller.keystile, &caller.actor, &issuer).await?))
}
