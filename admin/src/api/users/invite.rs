//! A user may choose another password.

use super::json::InvitedUser;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::users;
use axum::Json;
use axum::extract::Path;

/// Invites a user again. The password until now and every session of theirs end at once.
#[utoipa::path(
    post,
    path = "/v1/users/{name}/invite",
    tag = "users", operation_id = "invite_user",
    params(("name" = String, Path, description = "User")),
    responses((status = 200, body = InvitedUser)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<InvitedUser>, Refusal> {
    Ok(Json(InvitedUser::from(users::invite(&caller.keystile, &caller.actor, &name).await?)))
}
