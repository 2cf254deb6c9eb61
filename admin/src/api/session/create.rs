//! Signing in.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use super::json::{SignIn, WhoAmI};
use crate::api::body::Body;
use crate::api::caller::COOKIE;
use crate::api::client::Client;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::auth::{Allowance, Door, GUESSES, REFILL_SECS};
use crate::operations::{OperationError, sessions};

/// Opens a session for the holder of an API token.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses((status = 200, body = WhoAmI, headers(
        ("set-cookie" = String),
        ("ratelimit-policy" = String, description = "How many wrong tokens are answered in a row"),
        ("ratelimit" = String, description = "How many are left"),
    ))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    body: Result<Body<SignIn>, Refusal>,
) -> impl IntoResponse {
    let answer = match body {
        Ok(Body(sign_in)) => answer(&server, client, sign_in).await,
        Err(refusal) => Err(refusal),
    };
    (rate_limit(server.throttle.allowance(client, server.keystile.now())), answer)
}

async fn answer(
    server: &Server,
    client: Option<IpAddr>,
    sign_in: SignIn,
) -> Result<impl IntoResponse + use<>, Refusal> {
    let keystile = &server.keystile;
    let session = match sessions::create(keystile, &sign_in.token).await {
        Ok(session) => session,
        Err(OperationError::Unauthenticated) => return Err(refuse_guess(server, client)),
        Err(error) => return Err(error.into()),
    };
    let secure = if server.is_https { "; Secure" } else { "" };
    let age = session.expires_at.since(keystile.now());
    let value = session.cookie.reveal();
    let cookie = format!("{COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age}{secure}");
    let who = WhoAmI {
        role: session.role.as_str(),
        principal: session.principal.to_string(),
        label: session.label,
    };
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(who)))
}

/// What the limit is, and how much of it is left (draft-ietf-httpapi-ratelimit-headers-10).
fn rate_limit(allowance: Allowance) -> [(HeaderName, String); 2] {
    let Allowance { left, refills_in } = allowance;
    let window = GUESSES * REFILL_SECS;
    [
        (HeaderName::from_static("ratelimit-policy"), format!("\"sign-in\";q={GUESSES};w={window}")),
        (HeaderName::from_static("ratelimit"), format!("\"sign-in\";r={left};t={refills_in}")),
    ]
}

/// Only wrong tokens are slowed down, so that guessing cannot lock out the holder of a right one.
fn refuse_guess(server: &Server, client: Option<IpAddr>) -> Refusal {
    server.failures.note(Door::Console);
    match server.throttle.wrong_guess(client, server.keystile.now()) {
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
