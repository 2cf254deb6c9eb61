//! A rotation is called off.

use super::json::CurrentRotation;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::rotation;
use axum::Json;

/// Calls off the rotation whose key does not sign yet.
#[utoipa::path(
    delete,
    path = "/v1/issuers/{id}/rotation",
    tag = "rotation", operation_id = "cancel_rotation",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = CurrentRotation)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<CurrentRotation>, Refusal> {
    let rotation = rotation::cancel(&caller.keystile, &caller.actor, &issuer).await?;
    Ok(Json(CurrentRotation { rotation: Some(rotation) }))
}
