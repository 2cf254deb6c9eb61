//! The way back from the provider.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};

use super::cookie;
use crate::api::caller::Anyone;
use crate::api::client::Client;
use crate::api::problem::RequestId;
use crate::api::router::Server;
use crate::api::session;
use crate::auth::Door;
use crate::oidc::{Callback, SignInError};
use crate::operations::OperationError;
use crate::operations::provider_sign_in;
use crate::operations::sessions::NewSession;

/// Ends a sign-in with the identity provider, who sends the browser here. It goes on to the console: signed in, or with a code
/// that says why not. Nothing that the provider has written is repeated.
#[utoipa::path(
    get,
    path = "/v1/session/provider/callback",
    tag = "session", operation_id = "finish_provider_sign_in",
    params(
        ("code" = Option<String>, Query, description = "What is exchanged for the ID token"),
        ("state" = Option<String>, Query, description = "What the browser was sent away with"),
        ("iss" = Option<String>, Query, description = "Who answers (RFC 9207)"),
        ("error" = Option<String>, Query, description = "Why there is no code"),
    ),
    responses((status = 303, headers(
        ("location" = String, description = "The console, with `?sign_in=CODE` where nobody is signed in"),
        ("set-cookie" = String),
    ))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    Extension(Client(client)): Extension<Client>,
    Extension(RequestId(request)): Extension<RequestId>,
    _: Anyone,
    headers: HeaderMap,
    callback: Result<Query<Callback>, QueryRejection>,
) -> impl IntoResponse {
    let answer = |location: String, set: Vec<String>| {
        let cookies = set.into_iter().map(|cookie| (header::SET_COOKIE, cookie)).collect::<Vec<_>>();
        (StatusCode::SEE_OTHER, [(header::LOCATION, location)], AppendHeaders(cookies))
    };
    match finish(&server, client, &headers, callback).await {
        Ok(session) => {
            answer("/".to_owned(), vec![session::cookie::of(&session, &server), cookie::forget(&server)])
        }
        Err(error) => {
            tracing::warn!(code = error.code(), request, "{error}");
            // An answer that another browser brings ends nothing here.
            let is_over =
                !matches!(error, OperationError::SignIn(SignInError::OtherBrowser | SignInError::TooMany));
            let set = is_over.then(|| cookie::forget(&server));
            answer(format!("/?sign_in={}", error.code()), set.into_iter().collect())
        }
    }
}

/// Whoever brings wrong answers is slowed down as at the other doors: each makes this server ask the provider.
async fn finish(
    server: &Server,
    client: Option<IpAddr>,
    headers: &HeaderMap,
    callback: Result<Query<Callback>, QueryRejection>,
) -> Result<NewSession, OperationError> {
    let keystile = &server.keystile;
    if server.throttle.allowance(client, keystile.now()).left == 0 {
        return Err(SignInError::TooMany.into());
    }
    let malformed =
        |_| SignInError::AnswerRefused("its parameters cannot be read, or one comes twice".to_owned());
    let outcome = match callback.map_err(malformed) {
        Ok(Query(callback)) => {
            let from = client.map(|address| address.to_string());
            provider_sign_in::finish(keystile, cookie::kept(headers, server), &callback, from).await
        }
        Err(error) => Err(error.into()),
    };
    if outcome.as_ref().is_err_and(|error| matches!(error, OperationError::SignIn(error) if error.is_guess()))
    {
        server.failures.note(Door::Console);
        // What is left is asked for at the next one.
        let _ = server.throttle.wrong_guess(client, keystile.now());
    }
    outcome
}
