//! The question for a new passkey.

use super::json::PasskeyChallenge;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys;
use axum::Json;

/// Begins the registration of a passkey for the user who is signed in. The question waits for five minutes.
#[utoipa::path(
    post,
    path = "/v1/session/passkeys/challenge",
    tag = "passkeys", operation_id = "begin_passkey",
    responses((status = 200, body = PasskeyChallenge)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<PasskeyChallenge>, Refusal> {
    let begun = passkeys::begin(&caller.keystile, &caller.actor).await?;
    Ok(Json(PasskeyChallenge::from(begun)))
}
