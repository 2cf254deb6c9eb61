//! Setting where backends read their key.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::hand_off::Target;
use crate::operations::hand_off::{self, HandOffView};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// All targets of an issuer's hand-off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedTargets {
    /// In place of those before. None of them holds a secret: credentials are named.
    targets: Vec<Target>,
}

/// Sets all targets of an issuer's hand-off. The key that signs is brought to new ones at once; what stands in those that are
/// taken out stays there.
#[utoipa::path(
    put,
    path = "/v1/issuers/{id}/hand-off",
    tag = "hand-off", operation_id = "set_hand_off",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedTargets,
    responses((status = 200, body = HandOffView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedTargets>,
) -> Result<Json<HandOffView>, Refusal> {
    Ok(Json(hand_off::configure(&caller.keystile, &caller.actor, &issuer, wanted.targets).await?))
}
