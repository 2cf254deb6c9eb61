//! A new passkey.

use super::json::WantedPasskey;
use super::own_session;
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::passkeys::{self, PasskeyView};
use axum::Json;
use axum::http::{HeaderMap, StatusCode};

/// Registers a passkey for the user who is signed in. Their other sessions end.
#[utoipa::path(
    post,
    path = "/v1/session/passkeys",
    tag = "passkeys", operation_id = "add_passkey",
    request_body = WantedPasskey,
    responses((status = 201, body = PasskeyView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    headers: HeaderMap,
    Body(wanted): Body<WantedPasskey>,
) -> Result<(StatusCode, Json<PasskeyView>), Refusal> {
    let (session, order) = (own_session(&headers)?, wanted.order()?);
    let made = passkeys::add(&caller.keystile, &caller.actor, &session, order).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
