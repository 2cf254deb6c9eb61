//! A rotation begins.

use super::json::{CurrentRotation, WantedRotation};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::keys::key_size;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::rotation;
use axum::Json;
use axum::http::StatusCode;

/// Starts a gradual rotation; the server goes on with it by itself.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/rotation",
    tag = "rotation", operation_id = "start_rotation",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedRotation,
    responses((status = 202, body = CurrentRotation)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedRotation>,
) -> Result<(StatusCode, Json<CurrentRotation>), Refusal> {
    let size = key_size(wanted.bits)?;
    let rotation = rotation::start(&caller.keystile, &caller.actor, &issuer, size, wanted.reason).await?;
    Ok((StatusCode::ACCEPTED, Json(CurrentRotation { rotation: Some(rotation) })))
}
