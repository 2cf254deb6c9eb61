//! A rotation is held up.

use super::json::{CurrentRotation, WhyHeld};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::rotation;
use axum::Json;

/// Holds the rotation up before its key signs.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/rotation/pause",
    tag = "rotation", operation_id = "pause_rotation",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WhyHeld,
    responses((status = 200, body = CurrentRotation)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(WhyHeld { reason }): Body<WhyHeld>,
) -> Result<Json<CurrentRotation>, Refusal> {
    let rotation = rotation::pause(&caller.keystile, &caller.actor, &issuer, reason).await?;
    Ok(Json(CurrentRotation { rotation: Some(rotation) }))
}
