//! How far a rotation is.

use super::json::CurrentRotation;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::rotation;
use axum::Json;

/// The latest rotation, finished or not; null if there never was one.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/rotation",
    tag = "rotation", operation_id = "show_rotation",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = CurrentRotation)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<CurrentRotation>, Refusal> {
    let rotation = rotation::get(&caller.keystile, &caller.actor, &issuer).await?;
    Ok(Json(CurrentRotation { rotation }))
}
