//! The audit log.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::api::query::Query;
use crate::operations::audit_log::{self, AuditEntryView};
use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the log is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Window {
    /// How many entries at most.
    #[serde(default = "page")]
    #[param(default = page)]
    limit: u32,
    /// Only entries with a smaller number.
    before: Option<u64>,
}

fn page() -> u32 {
    50
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct AuditPage {
    /// Newest first.
    entries: Vec<AuditEntryView>,
}

/// The newest entries below `before`, newest first.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "audit", operation_id = "list_audit",
    responses((status = 200, body = AuditPage)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Query(window): Query<Window>,
) -> Result<Json<AuditPage>, Refusal> {
    let entries = audit_log::list(&caller.keystile, &caller.actor, window.limit, window.before).await?;
    Ok(Json(AuditPage { entries }))
}
