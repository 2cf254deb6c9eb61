//! Settings of an issuer change.

use axum::Json;
use axum::body::Bytes;
use axum::http::header;
use axum::response::IntoResponse;

use super::json::WantedSettings;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::conditional::{IfMatch, entity_tag};
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::issuers::{self, ChangeOrder, ChangeView};

/// Changes settings; what is left out stays (RFC 7396). With `dry_run`, says only what would change.
///
/// `If-Match` must name the state from which a change starts, so that two people cannot undo each other's work. A setting
/// that the server's configuration names goes back to that with the next start.
#[utoipa::path(
    patch,
    path = "/v1/issuers/{id}",
    tag = "issuers", operation_id = "change_issuer",
    params(
        ("id" = String, Path, description = "Issuer"),
        ("If-Match" = Option<String>, Header, description = "The `ETag` of the state from which the change starts; a dry run needs none"),
    ),
    request_body = WantedSettings,
    responses((status = 200, body = ChangeView, headers(("etag" = String, description = "Of the issuer as it is now")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    IfMatch(precondition): IfMatch,
    Body(wanted): Body<WantedSettings>,
) -> Result<impl IntoResponse, Refusal> {
    let order = ChangeOrder { reason: wanted.reason.clone(), dry_run: wanted.dry_run, precondition };
    let change = wanted.change()?;
    let view = issuers::amend(&caller.keystile, &caller.actor, &issuer, change, order).await?;
    let now = if view.dry_run { &view.before } else { &view.after };
    let now = serde_json::to_vec(now).map(Bytes::from).unwrap_or_default();
    Ok(([(header::ETAG, entity_tag(&now))], Json(view)))
}
