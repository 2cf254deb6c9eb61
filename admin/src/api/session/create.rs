//! Signing in.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};

use super::cookie;
use super::json::{SignIn, WhoAmI, WithPassword, WithToken};
use crate::api::body::Body;
use crate::api::client::Client;
use crate::api::passkeys::json::UnfinishedSignIn;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::auth::{Allowance, Door, GUESSES, REFILL_SECS};
use crate::operations::OperationError;
use crate::operations::sessions::{self, NewSession, SignedIn};

const WRONG_TOKEN: &str = "this API token is unknown, expired or revoked: check that it was copied whole";
/// The same for everybody, whether they are known, shut out, or have no password.
const WRONG_PASSWORD: &str = "there is no such name with this password";

/// Opens a session for the holder of an API token, or for a user with their password. A user who has a passkey, or must have
/// one, is answered with 202 and a question, and no session is open before its answer.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses(
        (status = 200, body = WhoAmI, headers(
            ("set-cookie" = String),
            ("ratelimit-policy" = String, description = "How many wrong tokens or passwords are answered in a row"),
            ("ratelimit" = String, description = "How many are left"),
        )),
        (status = 202, body = UnfinishedSignIn, description = "The password is right, and a passkey must follow"),
    ),
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

async fn answer(server: &Server, client: Option<IpAddr>, sign_in: SignIn) -> Result<Response, Refusal> {
    let keystile = &server.keystile;
    Ok(match sign_in {
        SignIn::Token(WithToken { token }) => match sessions::create(keystile, &token).await {
            Err(OperationError::Unauthenticated) => return Err(refuse_guess(server, client, WRONG_TOKEN)),
            outcome => entered(server, outcome?).into_response(),
        },
        SignIn::User(user) => match with_password(server, client, user).await? {
            SignedIn::Entered(session) => entered(server, session).into_response(),
            SignedIn::Unfinished(step) => {
                (StatusCode::ACCEPTED, Json(UnfinishedSignIn::from(*step))).into_response()
            }
        },
    })
}

/// The answer to somebody for whom a session was opened.
pub(super) fn entered(server: &Server, session: NewSession) -> impl IntoResponse + use<> {
    let cookie = cookie::of(&session, server);
    let who = WhoAmI {
        role: session.role.as_str(),
        principal: session.principal.to_string(),
        label: session.label,
    };
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Json(who))
}

/// A name and a password are looked at once the wait is over that wrong ones from this network have brought about.
async fn with_password(
    server: &Server,
    client: Option<IpAddr>,
    WithPassword { name, password }: WithPassword,
) -> Result<SignedIn, Refusal> {
    let (keystile, now) = (&server.keystile, server.keystile.now());
    let waits = server.delays.may_try(&name, client, now).err();
    let is_spent = server.throttle.allowance(client, now).left == 0;
    if let Some(secs) = waits.or(is_spent.then_some(REFILL_SECS)) {
        let why = "too many wrong passwords were tried from here: wait, and nobody is locked out elsewhere";
        return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_guesses", why).retry_after(secs));
    }
    match sessions::create_for_user(keystile, &name, password).await {
        Err(OperationError::Unauthenticated) => {
            server.delays.failed(&name, client, keystile.now());
            Err(refuse_guess(server, client, WRONG_PASSWORD))
        }
        outcome => {
            let signed_in = outcome?;
            // Half a sign-in ends no wait.
            if matches!(signed_in, SignedIn::Entered(_)) {
                server.delays.succeeded(&name, client);
            }
            Ok(signed_in)
        }
    }
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
pub(super) fn refuse_guess(server: &Server, client: Option<IpAddr>, why: &str) -> Refusal {
    server.failures.note(Door::Console);
    match server.throttle.wrong_guess(client, server.keystile.now()) {
        Ok(()) => Refusal::new(StatusCode::UNAUTHORIZED, "unauthenticated", why),
        Err(secs) => Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_guesses",
            "too many wrong API tokens or passwords were tried: wait a few seconds",
        )
        .retry_after(secs),
    }
}
