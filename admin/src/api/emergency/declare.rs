//! The active key may be known to others.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::emergency::{EmergencyOrder, EmergencyView, emergency};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// An emergency to declare.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedEmergency {
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// The first 8 characters of the active kid, so that it cannot happen by accident.
    confirm: String,
}

/// Replaces and revokes the active key at once, and refuses every token issued until now.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/emergency",
    tag = "rotation", operation_id = "declare_emergency",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedEmergency,
    responses((status = 202, body = EmergencyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedEmergency>,
) -> Result<(StatusCode, Json<EmergencyView>), Refusal> {
    let order = EmergencyOrder { reason: wanted.reason, confirm: wanted.confirm };
    let done = emergency(&caller.keystile, &caller.actor, &issuer, order).await?;
    Ok((StatusCode::ACCEPTED, Json(done)))
}
