//! A root vouches for nothing any more.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::RootPath;
use crate::api::problem::Refusal;
use crate::operations::{RootView, roots};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// Why a root is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedWithdrawal {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
}

/// Lets a root vouch for nothing any more, and destroys its private half where it is on this server.
#[utoipa::path(
    post,
    path = "/v1/roots/{kid}/withdraw",
    tag = "roots", operation_id = "withdraw_root",
    params(("kid" = String, Path, description = "Root")),
    request_body = WantedWithdrawal,
    responses((status = 200, body = RootView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    RootPath(kid): RootPath,
    Body(wanted): Body<WantedWithdrawal>,
) -> Result<Json<RootView>, Refusal> {
    Ok(Json(roots::withdraw(&caller.keystile, &caller.actor, &kid, wanted.reason).await?))
}
