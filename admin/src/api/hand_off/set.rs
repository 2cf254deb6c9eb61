//! Setting where backends read their key.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::conditional::IfMatch;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::hand_off::Target;
use crate::operations::hand_off::{self, Configuration, HandOffView};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// All targets of an issuer's hand-off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedTargets {
    /// In place of those before. None of them holds a secret: credentials are named.
    targets: Vec<Target>,
    /// Says only what would be.
    #[serde(default)]
    dry_run: bool,
}

/// Sets all targets of an issuer's hand-off. The key that signs is brought to new ones at once; what stands in those that are
/// taken out stays there. With `dry_run`, says only what would be.
///
/// `If-Match` may name the list that the change starts from, by its `revision`, so that two people cannot undo each other's work.
#[utoipa::path(
    put,
    path = "/v1/issuers/{id}/hand-off",
    tag = "hand-off", operation_id = "set_hand_off",
    params(
        ("id" = String, Path, description = "Issuer"),
        ("If-Match" = Option<String>, Header, description = "The `revision` of the targets, in quotes, or the `ETag` of all that is shown of them"),
    ),
    request_body = WantedTargets,
    responses((status = 200, body = HandOffView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    IfMatch(precondition): IfMatch,
    Body(WantedTargets { targets, dry_run }): Body<WantedTargets>,
) -> Result<Json<HandOffView>, Refusal> {
    let wanted = Configuration { targets, dry_run, precondition };
    Ok(Json(hand_off::configure(&caller.keystile, &caller.actor, &issuer, wanted).await?))
}
