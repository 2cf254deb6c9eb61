//! How far the answer to an emergency has spread.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::{EmergencyStatus, emergency};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The latest emergency.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct LatestEmergency {
    /// Null if there never was one.
    emergency: Option<EmergencyStatus>,
}

/// The latest emergency, with the regions that have confirmed the answer to it; null if there never was one.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/emergency",
    tag = "rotation", operation_id = "show_emergency",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = LatestEmergency)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<LatestEmergency>, Refusal> {
    let emergency = emergency::get(&caller.keystile, &caller.actor, &issuer).await?;
    Ok(Json(LatestEmergency { emergency }))
}
