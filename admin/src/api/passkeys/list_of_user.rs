//! Somebody's passkeys.

use super::json::PasskeyList;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys;
use axum::Json;
use axum::extract::Path;

/// The passkeys of a user.
#[utoipa::path(
    get,
    path = "/v1/users/{name}/passkeys",
    tag = "passkeys", operation_id = "list_passkeys",
    params(("name" = String, Path, description = "User")),
    responses((status = 200, body = PasskeyList)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<PasskeyList>, Refusal> {
    let passkeys = passkeys::of_user(&caller.keystile, &caller.actor, &name).await?;
    Ok(Json(PasskeyList { passkeys }))
}
