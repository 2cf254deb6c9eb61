//! A user is let in again.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::users::{self, UserView};
use axum::Json;
use axum::extract::Path;

/// Lets a user in again who was shut out, by the way they came before.
#[utoipa::path(
    post,
    path = "/v1/users/{name}/enable",
    tag = "users", operation_id = "enable_user",
    params(("name" = String, Path, description = "User")),
    responses((status = 200, body = UserView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<UserView>, Refusal> {
    Ok(Json(users::enable(&caller.keystile, &caller.actor, &name).await?))
}
