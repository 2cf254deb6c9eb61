//! The audit log as a file that proves itself.

use axum::http::header;
use axum::response::IntoResponse;

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::{OperationError, audit_export, audit_log, retention};
use serde::Deserialize;
use utoipa::ToSchema;

/// Some 100 MB in memory. A larger log is exported at the server's command line, which writes it line by line.
const MOST_ENTRIES: u64 = 200_000;

/// Nothing is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedExport {}

/// The whole log, one JSON object a line, as `docs/audit.md` describes it; its last entry is that of the export.
#[utoipa::path(
    post,
    path = "/v1/audit/export",
    tag = "audit", operation_id = "export_audit",
    request_body = WantedExport,
    responses((status = 200, content_type = "application/jsonl", body = String)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(WantedExport {}): Body<WantedExport>,
) -> Result<impl IntoResponse, Refusal> {
    let newest = audit_log::list(&caller.keystile, &caller.actor, 1, None).await?;
    let first = retention::get(&caller.keystile, &caller.actor).await?.first_entry;
    if newest.first().is_some_and(|entry| entry.seq - first >= MOST_ENTRIES) {
        let detail = format!(
            "the log has more than {MOST_ENTRIES} entries: use `keystile audit export` at the server's command line"
        );
        return Err(OperationError::InvalidInput { field: "audit", detail }.into());
    }
    let mut export = Vec::new();
    audit_export::export(&caller.keystile, &caller.actor, &mut export).await?;
    let disposition = "attachment; filename=\"keystile-audit.jsonl\"";
    Ok(([(header::CONTENT_TYPE, "application/jsonl"), (header::CONTENT_DISPOSITION, disposition)], export))
}
