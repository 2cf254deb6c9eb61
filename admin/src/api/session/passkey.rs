//! The second step of a sign-in: a passkey.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::IntoResponse;

use super::create::{entered, refuse_guess};
use super::json::WhoAmI;
use crate::api::body::Body;
use crate::api::client::Client;
use crate::api::passkeys::json::UsedPasskey;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::operations::OperationError;
use crate::operations::passkeys::{self, PasskeyRefusal};
use crate::operations::sessions::NewSession;

const OVER: &str = "this attempt is unknown, used or too old: begin again with your name and password";

/// Finishes a sign-in with the answer of a passkey, and opens the session.
#[utoipa::path(
    post,
    path = "/v1/session/passkey",
    tag = "session", operation_id = "finish_sign_in",
    request_body = UsedPasskey,
    responses((status = 200, body = WhoAmI, headers(("set-cookie" = String)))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Body(used): Body<UsedPasskey>,
) -> Result<impl IntoResponse, Refusal> {
    let answer = used.answer()?;
    let outcome = passkeys::finish(&server.keystile, &used.attempt, &answer).await;
    Ok(entered(&server, finished(&server, client, outcome)?))
}

/// A wrong answer is braked like a wrong password, and the right one ends the wait that wrong passwords have brought about.
pub(super) fn finished(
    server: &Server,
    client: Option<IpAddr>,
    outcome: Result<NewSession, OperationError>,
) -> Result<NewSession, Refusal> {
    match outcome {
        Ok(session) => {
            server.delays.succeeded(&session.label, client);
            Ok(session)
        }
        Err(OperationError::Passkey(PasskeyRefusal::AttemptOver)) => Err(refuse_guess(server, client, OVER)),
        Err(error @ OperationError::Passkey(PasskeyRefusal::Refused(_))) => {
            // Counted, and answered with what is wrong: whoever has come so far knows the password.
            let braked = refuse_guess(server, client, OVER);
            if braked.is_too_many() { Err(braked) } else { Err(error.into()) }
        }
        Err(error) => Err(error.into()),
    }
}
