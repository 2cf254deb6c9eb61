//! The edge reports.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::edge::{self, EdgeReport};
use axum::http::StatusCode;

/// Records what one instance of the edge says about itself.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/reports",
    tag = "edge", operation_id = "report",
    params(("id" = String, Path, description = "Issuer")),
    request_body = EdgeReport,
    responses((status = 204)),
    security(("bearer" = [])),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(report): Body<EdgeReport>,
) -> Result<StatusCode, Refusal> {
    edge::record_report(&caller.keystile, &caller.actor, &issuer, report).await?;
    Ok(StatusCode::NO_CONTENT)
}
