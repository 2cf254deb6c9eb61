//! Tokens issued until now are refused.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::domain::Timestamp;
use crate::operations::epochs::{self, EpochView};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// An epoch to raise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedEpoch {
    /// `all`, `kid`, `sub`, `sid` or `client_id`.
    #[schema(example = "sub", pattern = "^(all|kid|sub|sid|client_id)$")]
    scope: String,
    /// Whom it means; left out for `all`.
    value: Option<String>,
    /// NumericDate: tokens issued before this instant are refused. Left out, all that were issued until now.
    before: Option<u64>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Whether to say only what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// Refuses every token in the scope that was issued before an instant. An epoch never falls: what is issued from then on
/// is believed, so whoever is to go on gets a new token.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/epochs",
    tag = "revocation", operation_id = "raise_epoch",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedEpoch,
    responses((status = 202, body = EpochView), (status = 200, body = EpochView, description = "A dry run")),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedEpoch>,
) -> Result<(StatusCode, Json<EpochView>), Refusal> {
    let scope = epochs::scope(&wanted.scope, wanted.value.as_deref())?;
    let before = wanted.before.map(Timestamp::from_secs);
    if wanted.dry_run {
        let would = epochs::rehearse(&caller.keystile, &caller.actor, &issuer, scope, before).await?;
        return Ok((StatusCode::OK, Json(would)));
    }
    let reason = &wanted.reason;
    let raised = epochs::raise(&caller.keystile, &caller.actor, &issuer, scope, before, reason).await?;
    Ok((StatusCode::ACCEPTED, Json(raised)))
}
