//! What an emergency would do.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::emergency::{self, EmergencyPlan};
use axum::Json;

/// What an emergency would do now, and who would be logged out. Changes nothing.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/emergency/plan",
    tag = "rotation", operation_id = "rehearse_emergency",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = EmergencyPlan)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<EmergencyPlan>, Refusal> {
    Ok(Json(emergency::rehearse(&caller.keystile, &caller.actor, &issuer).await?))
}
