//! The audit log.

use crate::api::caller::Caller;
use crate::api::page::{Next, link, within_bounds};
use crate::api::problem::Refusal;
use crate::api::query::Query;
use crate::operations::audit_log::{self, AuditEntryView};
use axum::Json;
use axum::extract::OriginalUri;
use axum::response::AppendHeaders;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of the log is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Window {
    /// How many entries at most.
    #[serde(default = "page")]
    #[param(default = page, minimum = 1, maximum = 1000)]
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
    responses((status = 200, body = AuditPage, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Query(window): Query<Window>,
    OriginalUri(uri): OriginalUri,
) -> Result<(Next, Json<AuditPage>), Refusal> {
    let Window { limit, before } = window;
    within_bounds(limit)?;
    let entries = audit_log::list(&caller.keystile, &caller.actor, limit, before).await?;
    let full = usize::try_from(limit) == Ok(entries.len());
    // The first entry of all has the number 1.
    let last = entries.last().filter(|entry| full && entry.seq > 1);
    let next = last.map(|last| link(uri.path(), limit, "before", &last.seq.to_string()));
    Ok((AppendHeaders(next), Json(AuditPage { entries })))
}
