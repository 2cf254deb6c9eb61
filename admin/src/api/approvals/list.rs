//! Every request.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::page::{Next, Paged, Window};
use crate::api::problem::Refusal;
use crate::operations::approvals::{self, ApprovalView};

/// Requests to do what takes two people.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ApprovalList {
    /// The newest first.
    approvals: Vec<ApprovalView>,
}

/// Every request to do what takes two people, answered ones included.
#[utoipa::path(
    get,
    path = "/v1/approvals",
    tag = "approvals", operation_id = "list_approvals",
    params(Window),
    responses((status = 200, body = ApprovalList, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    paged: Paged,
) -> Result<(Next, Json<ApprovalList>), Refusal> {
    let all = approvals::list(&caller.keystile, &caller.actor).await?;
    let (approvals, next) = paged.of(all, |it| &it.id)?;
    Ok((next, Json(ApprovalList { approvals })))
}
