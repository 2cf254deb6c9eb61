//! The second step of a sign-in where everybody must have a passkey: the first one is made.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::response::IntoResponse;

use super::create::entered;
use super::json::WhoAmI;
use super::passkey::finished;
use crate::api::body::Body;
use crate::api::client::Client;
use crate::api::passkeys::json::WantedPasskey;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::operations::passkeys;

/// Finishes a sign-in by registering the user's first passkey, and opens the session.
#[utoipa::path(
    post,
    path = "/v1/session/first-passkey",
    tag = "session", operation_id = "finish_sign_in_with_first_passkey",
    request_body = WantedPasskey,
    responses((status = 200, body = WhoAmI, headers(("set-cookie" = String)))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Body(wanted): Body<WantedPasskey>,
) -> Result<impl IntoResponse, Refusal> {
    let outcome = passkeys::finish_with_first(&server.keystile, wanted.order()?).await;
    Ok(entered(&server, finished(&server, client, outcome)?))
}
