//! A new API token.

use super::json::{CreatedApiToken, WantedApiToken};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::domain::Role;
use crate::operations::api_tokens::{self, Bounds};
use axum::Json;
use axum::http::StatusCode;

/// Makes an API token. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/v1/api-tokens",
    tag = "api tokens", operation_id = "create_api_token",
    request_body = WantedApiToken,
    responses((status = 201, body = CreatedApiToken)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(wanted): Body<WantedApiToken>,
) -> Result<(StatusCode, Json<CreatedApiToken>), Refusal> {
    let role = wanted.role.parse::<Role>().map_err(|unknown| Refusal::invalid_input(unknown.to_string()))?;
    let (Caller { keystile, actor, .. }, WantedApiToken { label, expires_in_secs, minting, scopes, .. }) =
        (caller, wanted);
    let bounds = Bounds { minting, scopes };
    let new = api_tokens::create_bounded(&keystile, &actor, &label, role, expires_in_secs, bounds).await?;
    Ok((StatusCode::CREATED, Json(CreatedApiToken::from(new))))
}
