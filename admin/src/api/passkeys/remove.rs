//! One's own passkey is removed.

use super::own_session;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys::{self, PasskeyView};
use axum::Json;
use axum::extract::Path;
use axum::http::HeaderMap;

/// Removes a passkey of the user who is signed in. Their other sessions end. The last one stays where everybody must have one.
#[utoipa::path(
    delete,
    path = "/v1/session/passkeys/{id}",
    tag = "passkeys", operation_id = "remove_own_passkey",
    params(("id" = String, Path, description = "Passkey")),
    responses((status = 200, body = PasskeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<PasskeyView>, Refusal> {
    let session = own_session(&headers)?;
    Ok(Json(passkeys::remove_own(&caller.keystile, &caller.actor, &session, &id).await?))
}
