//! Settings of an issuer change.

use axum::Json;

use super::json::WantedSettings;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::issuers::{self, ChangeOrder, ChangeView};

/// Changes settings; what is left out stays. With `dry_run`, says only what would change.
///
/// A setting that the server's environment names goes back to that with the next start.
#[utoipa::path(
    patch,
    path = "/v1/issuers/{id}",
    tag = "issuers", operation_id = "change_issuer",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedSettings,
    responses((status = 200, body = ChangeView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedSettings>,
) -> Result<Json<ChangeView>, Refusal> {
    let order = ChangeOrder { reason: wanted.reason.clone(), dry_run: wanted.dry_run };
    let change = wanted.change()?;
    Ok(Json(issuers::amend(&caller.keystile, &caller.actor, &issuer, change, order).await?))
}
