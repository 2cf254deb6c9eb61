//! Another person says no.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView};
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why it is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedNo {
    /// For whoever asked, and for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

/// Refuses what somebody else has asked for.
#[utoipa::path(
    post,
    path = "/v1/approvals/{id}/refuse",
    tag = "approvals", operation_id = "refuse",
    params(("id" = String, Path, description = "Request")),
    request_body = WantedNo,
    responses((status = 200, body = ApprovalView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
    Body(WantedNo { reason }): Body<WantedNo>,
) -> Result<Json<ApprovalView>, Refusal> {
    Ok(Json(approvals::refuse(&caller.keystile, &caller.actor, &id, &reason).await?))
}
