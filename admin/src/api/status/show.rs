//! The whole server at a glance.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::{StatusView, status};
use axum::Json;

/// Every issuer: its key, its version, its push, its edge, its rotation.
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "status", operation_id = "status",
    responses((status = 200, body = StatusView)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<StatusView>, Refusal> {
    Ok(Json(status::status(&caller.keystile, &caller.actor).await?))
}
