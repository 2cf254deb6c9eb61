//! One request.

use axum::Json;
use axum::extract::Path;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView};

/// One request, and what its deed would do now.
#[utoipa::path(
    get,
    path = "/v1/approvals/{id}",
    tag = "approvals", operation_id = "show_approval",
    params(("id" = String, Path, description = "Request")),
    responses((status = 200, body = ApprovalView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ApprovalView>, Refusal> {
    Ok(Json(approvals::get(&caller.keystile, &caller.actor, &id).await?))
}
