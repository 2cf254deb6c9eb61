//! The API tokens.

use super::json::ApiTokenList;
use crate::api::caller::Caller;
use crate::api::page::{Next, Paged, Window};
use crate::api::problem::Refusal;
use crate::operations::api_tokens;
use axum::Json;

/// Every API token, without its secret.
#[utoipa::path(
    get,
    path = "/v1/api-tokens",
    tag = "api tokens", operation_id = "list_api_tokens",
    params(Window),
    responses((status = 200, body = ApiTokenList, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    paged: Paged,
) -> Result<(Next, Json<ApiTokenList>), Refusal> {
    let all = api_tokens::list(&caller.keystile, &caller.actor).await?;
    let (api_tokens, next) = paged.of(all, |token| &token.id)?;
    Ok((next, Json(ApiTokenList { api_tokens })))
}
