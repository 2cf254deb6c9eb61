//! One's own passkeys.

use super::json::PasskeyList;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys;
use axum::Json;

/// The passkeys of the user who is signed in.
#[utoipa::path(
    get,
    path = "/v1/session/passkeys",
    tag = "passkeys", operation_id = "list_own_passkeys",
    responses((status = 200, body = PasskeyList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<PasskeyList>, Refusal> {
    let passkeys = passkeys::own(&caller.keystile, &caller.actor).await?;
    Ok(Json(PasskeyList { passkeys }))
}
