//! The issuers.

use super::json::IssuerList;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::issuers;
use axum::Json;

/// Every issuer.
#[utoipa::path(
    get,
    path = "/v1/issuers",
    tag = "issuers", operation_id = "list_issuers",
    responses((status = 200, body = IssuerList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<IssuerList>, Refusal> {
    Ok(Json(IssuerList { issuers: issuers::list(&caller.keystile, &caller.actor).await? }))
}
