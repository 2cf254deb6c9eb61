//! The API tokens.

use super::json::ApiTokenList;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::api_tokens;
use axum::Json;

/// Every API token, without its secret.
#[utoipa::path(
    get,
    path = "/v1/api-tokens",
    tag = "api tokens", operation_id = "list_api_tokens",
    responses((status = 200, body = ApiTokenList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<ApiTokenList>, Refusal> {
    Ok(Json(ApiTokenList { api_tokens: api_tokens::list(&caller.keystile, &caller.actor).await? }))
}
