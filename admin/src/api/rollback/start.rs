//! The key that signed before signs again.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::rollback::{RollbackOrder, RollbackView, rollback};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// A rollback to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRollback {
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Why not to wait for an edge that has not confirmed the key. Audited.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    override_reason: Option<String>,
    /// Whether to say only what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Lets the key that signed before sign again, as a new and higher version.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/rollback",
    tag = "rotation", operation_id = "roll_back",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedRollback,
    responses((status = 200, body = RollbackView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedRollback>,
) -> Result<Json<RollbackView>, Refusal> {
    let WantedRollback { reason, override_reason, dry_run } = wanted;
    let order = RollbackOrder { reason, override_reason, dry_run };
    Ok(Json(rollback(&caller.keystile, &caller.actor, &issuer, order).await?))
}
