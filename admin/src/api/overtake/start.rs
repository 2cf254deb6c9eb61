//! A history that was restored goes on above what the store holds.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::overtake::{OvertakeOrder, OvertakeView, overtake};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// An overtaking to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedOvertaking {
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Whether to say only what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Publishes above the version in the edge store, which this database does not know: after the restore of a backup.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/overtake",
    tag = "rotation", operation_id = "overtake",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedOvertaking,
    responses((status = 200, body = OvertakeView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(WantedOvertaking { reason, dry_run }): Body<WantedOvertaking>,
) -> Result<Json<OvertakeView>, Refusal> {
    let order = OvertakeOrder { reason, dry_run };
    Ok(Json(overtake(&caller.keystile, &caller.actor, &issuer, order).await?))
}
