//! Everybody.

use super::json::UserList;
use crate::api::caller::Caller;
use crate::api::page::{Next, Paged, Window};
use crate::api::problem::Refusal;
use crate::operations::users;
use axum::Json;

/// Every user, those who were shut out included.
#[utoipa::path(
    get,
    path = "/v1/users",
    tag = "users", operation_id = "list_users",
    params(Window),
    responses((status = 200, body = UserList, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(caller: Caller, paged: Paged) -> Result<(Next, Json<UserList>), Refusal> {
    let all = users::list(&caller.keystile, &caller.actor).await?;
    let (users, next) = paged.of(all, |user| user.name.as_str())?;
    Ok((next, Json(UserList { users })))
}
