//! A new user.

use super::json::{InvitedUser, WantedUser, name, role};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::users;
use axum::Json;
use axum::http::StatusCode;

/// Makes a user, and invites them to choose a password. The invitation is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/v1/users",
    tag = "users", operation_id = "create_user",
    request_body = WantedUser,
    responses((status = 201, body = InvitedUser)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(wanted): Body<WantedUser>,
) -> Result<(StatusCode, Json<InvitedUser>), Refusal> {
    let (name, role) = (name(&wanted.name)?, role(&wanted.role)?);
    let invited = users::create(&caller.keystile, &caller.actor, &name, role).await?;
    Ok((StatusCode::CREATED, Json(InvitedUser::from(invited))))
}
