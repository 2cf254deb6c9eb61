//! The legal holds.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::legal_holds::{self, LegalHoldView};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Every legal hold.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct LegalHoldList {
    /// The newest first, those that were released included.
    holds: Vec<LegalHoldView>,
}

/// Every legal hold, those that were released included.
#[utoipa::path(
    get,
    path = "/v1/audit/holds",
    tag = "audit", operation_id = "list_legal_holds",
    responses((status = 200, body = LegalHoldList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<LegalHoldList>, Refusal> {
    Ok(Json(LegalHoldList { holds: legal_holds::list(&caller.keystile, &caller.actor).await? }))
}
