//! Choosing a password.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::body::Body;
use crate::api::client::Client;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::auth::Door;
use crate::domain::SecretText;
use crate::operations::OperationError;
use crate::operations::users::{self, UserView};

/// An invitation, and the password that was chosen.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct ChosenPassword {
    /// `ksi_…`
    invitation: String,
    /// At least 15 characters.
    #[schema(value_type = String, min_length = 15, max_length = 256)]
    password: SecretText,
}

/// Sets the password of whoever was invited. The invitation is the credential, and works once.
#[utoipa::path(
    post,
    path = "/v1/invitation",
    tag = "session", operation_id = "accept_invitation",
    request_body = ChosenPassword,
    responses((status = 200, body = UserView)),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Body(ChosenPassword { invitation, password }): Body<ChosenPassword>,
) -> Result<Json<UserView>, Refusal> {
    match users::accept(&server.keystile, &invitation, password).await {
        Ok(view) => Ok(Json(view)),
        Err(error @ OperationError::InvitationUnknown) => {
            server.failures.note(Door::Console);
            // An invitation has 256 random bits: the brake bounds noise, as with API tokens.
            match server.throttle.wrong_guess(client, server.keystile.now()) {
                Ok(()) => Err(error.into()),
                Err(secs) => Err(Refusal::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_guesses",
                    "too many wrong invitations were tried: wait a few seconds",
                )
                .retry_after(secs)),
            }
        }
        Err(error) => Err(error.into()),
    }
}
