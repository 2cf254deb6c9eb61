//! The alerts.

use axum::Json;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::alerts::{self, AlertList};

/// What is the matter, what to do about it, and what was the matter of late.
#[utoipa::path(
    get,
    path = "/v1/alerts",
    tag = "alerts", operation_id = "list_alerts",
    responses((status = 200, body = AlertList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<AlertList>, Refusal> {
    Ok(Json(alerts::list(&caller.keystile, &caller.actor).await?))
}
