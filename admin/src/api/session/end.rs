//! Signing out.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use crate::api::caller::{COOKIE, Caller, session_cookie};
use crate::api::problem::Refusal;
use crate::operations::sessions;

/// Ends the session, and takes the cookie back.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "session", operation_id = "sign_out",
    responses((status = 204)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    if let Some(cookie) = session_cookie(&headers) {
        sessions::end(&caller.keystile, cookie).await?;
    }
    let cookie = format!("{COOKIE}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}
