//! An API token ends.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::api_tokens::{self, ApiTokenView};
use axum::Json;
use axum::extract::Path;

/// Revokes an API token, and ends the sessions that were opened with it.
#[utoipa::path(
    delete,
    path = "/v1/api-tokens/{id}",
    tag = "api tokens", operation_id = "revoke_api_token",
    params(("id" = String, Path, description = "API token")),
    responses((status = 200, body = ApiTokenView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ApiTokenView>, Refusal> {
    Ok(Json(api_tokens::revoke(&caller.keystile, &caller.actor, &id).await?))
}
