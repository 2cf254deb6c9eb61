//! A rotation begins.

use super::json::{CurrentRotation, RotationStep, WantedRotation};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::keys::key_size;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{RotationPlan, rotation};
use axum::Json;
use axum::http::StatusCode;

/// Starts a gradual rotation; the server goes on with it by itself. With `dry_run`, says only what would happen.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/rotation",
    tag = "rotation", operation_id = "start_rotation",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedRotation,
    responses(
        (status = 202, body = CurrentRotation),
        (status = 200, body = RotationPlan, description = "A dry run"),
    ),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedRotation>,
) -> Result<(StatusCode, Json<RotationStep>), Refusal> {
    let size = key_size(wanted.bits)?;
    if wanted.dry_run {
        let plan = rotation::rehearse(&caller.keystile, &caller.actor, &issuer, size).await?;
        return Ok((StatusCode::OK, Json(RotationStep::Plan(plan))));
    }
    let rotation = rotation::start(&caller.keystile, &caller.actor, &issuer, size, wanted.reason).await?;
    let started = RotationStep::Started(CurrentRotation { rotation: Some(rotation) });
    Ok((StatusCode::ACCEPTED, Json(started)))
}
