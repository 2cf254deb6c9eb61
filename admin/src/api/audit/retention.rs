//! For how long entries of the audit log are kept.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::retention::{self, RetentionView};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// How long entries are to be kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRetention {
    /// For how many days; null for ever.
    #[schema(minimum = 366, maximum = 36525)]
    days: Option<u32>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

/// For how long entries are kept, from which one on they are there, and the holds that stand.
#[utoipa::path(
    get,
    path = "/v1/audit/retention",
    tag = "audit", operation_id = "show_audit_retention",
    responses((status = 200, body = RetentionView)),
)]
pub(in crate::api) async fn show(caller: Caller) -> Result<Json<RetentionView>, Refusal> {
    Ok(Json(retention::get(&caller.keystile, &caller.actor).await?))
}

/// Keeps entries for so long from now on. What is shorter than until now takes effect after thirty days.
#[utoipa::path(
    put,
    path = "/v1/audit/retention",
    tag = "audit", operation_id = "set_audit_retention",
    request_body = WantedRetention,
    responses((status = 200, body = RetentionView)),
)]
pub(in crate::api) async fn set(
    caller: Caller,
    Body(WantedRetention { days, reason }): Body<WantedRetention>,
) -> Result<Json<RetentionView>, Refusal> {
    Ok(Json(retention::set(&caller.keystile, &caller.actor, days, &reason).await?))
}
