//! A user gets another role.

use super::json::{WantedRole, role};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::users::{self, UserView};
use axum::Json;
use axum::extract::Path;

/// Gives a user another role. Every session of theirs ends.
#[utoipa::path(
    post,
    path = "/v1/users/{name}/role",
    tag = "users", operation_id = "change_user_role",
    params(("name" = String, Path, description = "User")),
    request_body = WantedRole,
    responses((status = 200, body = UserView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(name): Path<String>,
    Body(wanted): Body<WantedRole>,
) -> Result<Json<UserView>, Refusal> {
    let role = role(&wanted.role)?;
    Ok(Json(users::set_role(&caller.keystile, &caller.actor, &name, role).await?))
}
