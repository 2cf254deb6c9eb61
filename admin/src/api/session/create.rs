//! Signing in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use super::json::{SignIn, WhoAmI};
use crate::api::body::Body;
use crate::api::caller::COOKIE;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::auth::Door;
use crate::operations::{OperationError, sessions};

/// Opens a session for the holder of an API token.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses((status = 200, body = WhoAmI, headers(("set-cookie" = String)))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Body(sign_in): Body<SignIn>,
) -> Result<impl IntoResponse, Refusal> {
    let keystile = &server.keystile;
    let session = match sessions::create(keystile, &sign_in.token).await {
        Ok(session) => session,
        Err(OperationError::Unauthenticated) => return Err(refuse_guess(&server)),
        Err(error) => return Err(error.into()),
    };
    let secure = if server.is_https { "; Secure" } else { "" };
    let age = session.expires_at.since(keystile.now());
    let value = session.cookie.reveal();
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
    let who = WhoAmI { role: session.role.as_str(), label: session.label };
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(who)))
}

/// Only wrong tokens are slowed down, so that guessing cannot lock out the holder of a right one.
fn refuse_guess(server: &Server) -> Refusal {
    server.failures.note(Door::Console);
    match server.throttle.wrong_guess(server.keystile.now()) {
        Ok(()) => Refusal::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "this API token is unknown, expired or revoked: check that it was copied whole",
        ),
        Err(secs) => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_guesses",
            "too many wrong API tokens were tried: wait a few seconds",
        )
        .retry_after(secs),
    }
}
