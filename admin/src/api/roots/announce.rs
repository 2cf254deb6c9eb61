//! A root that was made offline becomes known.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::{RootView, roots};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// A root to announce.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRoot {
    /// A JWK Set with its public half, as `keystile root create` prints it.
    #[schema(value_type = Object)]
    jwks: serde_json::Value,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: Option<String>,
}

/// Takes in the public half of a root that was made offline. Edges pin it; it vouches for nothing before that.
#[utoipa::path(
    post,
    path = "/v1/roots",
    tag = "roots", operation_id = "announce_root",
    request_body = WantedRoot,
    responses((status = 201, body = RootView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(WantedRoot { jwks, reason }): Body<WantedRoot>,
) -> Result<(StatusCode, Json<RootView>), Refusal> {
    let root = roots::announce(&caller.keystile, &caller.actor, &jwks.to_string(), reason).await?;
    Ok((StatusCode::CREATED, Json(root)))
}
