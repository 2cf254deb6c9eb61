//! Somebody wants to do what takes two people.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView, Deed};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// A deed to have approved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedApproval {
    /// What is to be done, with the parameters of its own operation.
    deed: Deed,
    /// Why to go on alone, where nobody answers. The request counts as approved at once; an alert says so until somebody
    /// else has looked at it.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    break_glass: Option<String>,
}

/// Asks for another person's approval of exactly this deed. Once it is given, the deed is done by its own operation, with the
/// id in the header `Keystile-Approval`.
#[utoipa::path(
    post,
    path = "/v1/approvals",
    tag = "approvals", operation_id = "ask_for_approval",
    request_body = WantedApproval,
    responses((status = 201, body = ApprovalView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(WantedApproval { deed, break_glass }): Body<WantedApproval>,
) -> Result<(StatusCode, Json<ApprovalView>), Refusal> {
    let (keystile, actor) = (&caller.keystile, &caller.actor);
    let view = match break_glass {
        Some(reason) => approvals::break_glass(keystile, actor, deed, &reason).await?,
        None => approvals::ask(keystile, actor, deed).await?,
    };
    Ok((StatusCode::CREATED, Json(view)))
}
