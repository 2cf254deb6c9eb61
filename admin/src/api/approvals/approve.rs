//! Another person says yes.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView};
use axum::Json;
use axum::extract::Path;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why it is approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedYes {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: Option<String>,
}

/// Approves what somebody else has asked for. Whoever asked has an hour to do it.
#[utoipa::path(
    post,
    path = "/v1/approvals/{id}/approve",
    tag = "approvals", operation_id = "approve",
    params(("id" = String, Path, description = "Request")),
    request_body = WantedYes,
    responses((status = 200, body = ApprovalView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
    Body(WantedYes { reason }): Body<WantedYes>,
) -> Result<Json<ApprovalView>, Refusal> {
    Ok(Json(approvals::approve(&caller.keystile, &caller.actor, &id, reason).await?))
}
