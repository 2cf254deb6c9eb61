//! A user is shut out.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::users::{self, UserView};
use axum::Json;
use axum::extract::Path;

/// Shuts a user out, and ends every session of theirs at once. Their name stays theirs.
#[utoipa::path(
    post,
    path = "/v1/users/{name}/disable",
    tag = "users", operation_id = "disable_user",
    params(("name" = String, Path, description = "User")),
    responses((status = 200, body = UserView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json(users::disable(&caller.keystile, &caller.actor, &name).await?))
}
