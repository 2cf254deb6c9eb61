//! A legal hold ends.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::legal_holds::{self, LegalHoldView};
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why a hold ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRelease {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

/// Releases a legal hold: what it has kept is deleted once it is old enough.
#[utoipa::path(
    post,
    path = "/v1/audit/holds/{id}/release",
    tag = "audit", operation_id = "release_legal_hold",
    params(("id" = String, Path, description = "Legal hold")),
    request_body = WantedRelease,
    responses((status = 200, body = LegalHoldView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
    Body(WantedRelease { reason }): Body<WantedRelease>,
) -> Result<Json<LegalHoldView>, Refusal> {
    Ok(Json(legal_holds::release(&caller.keystile, &caller.actor, &id, &reason).await?))
}
