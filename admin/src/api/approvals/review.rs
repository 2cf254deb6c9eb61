//! Another person has looked at what somebody did alone.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView};
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use utoipa::ToSchema;

/// What a look at broken glass found.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedReview {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    finding: String,
}

/// Notes that somebody has looked at what another person did alone, and ends the alert about it.
#[utoipa::path(
    post,
    path = "/v1/approvals/{id}/review",
    tag = "approvals", operation_id = "review_broken_glass",
    params(("id" = String, Path, description = "Request")),
    request_body = WantedReview,
    responses((status = 200, body = ApprovalView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
    Body(WantedReview { finding }): Body<WantedReview>,
) -> Result<Json<ApprovalView>, Refusal> {
    Ok(Json(approvals::review(&caller.keystile, &caller.actor, &id, &finding).await?))
}
