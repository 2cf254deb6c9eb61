//! Somebody's passkey is removed.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys::{self, PasskeyView};
use axum::Json;
use axum::extract::Path;

/// Removes a passkey of a user, and ends every session of theirs. The last one of somebody who may change keys takes two people
/// where the policy says so.
#[utoipa::path(
    delete,
    path = "/v1/users/{name}/passkeys/{id}",
    tag = "passkeys", operation_id = "remove_passkey",
    params(("name" = String, Path, description = "User"), ("id" = String, Path, description = "Passkey")),
    responses((status = 200, body = PasskeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<PasskeyView>, Refusal> {
    Ok(Json(passkeys::remove(&caller.keystile, &caller.actor, &name, &id).await?))
}
