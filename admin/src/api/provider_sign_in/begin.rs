//! The way to the provider.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::cookie;
use crate::api::caller::OurPage;
use crate::api::problem::Refusal;
use crate::api::router::Server;
use crate::operations::provider_sign_in;

/// Where to go.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct ProviderAddress {
    /// The provider's sign-in, with what binds it to this browser.
    #[schema(pattern = "^https?://")]
    location: String,
}

/// Begins a sign-in with the identity provider. Only the console's own page may: the cookie binds it to this browser.
#[utoipa::path(
    post,
    path = "/v1/session/provider",
    tag = "session", operation_id = "begin_provider_sign_in",
    responses((status = 200, body = ProviderAddress, headers(("set-cookie" = String)))),
    security(()),
)]
pub(in crate::api) async fn handler(
    State(server): State<Arc<Server>>,
    OurPage { keystile }: OurPage,
) -> Result<impl IntoResponse, Refusal> {
    let begun = provider_sign_in::begin(&keystile).await?;
    let cookie = cookie::keep(begun.cookie.reveal(), &server);
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(ProviderAddress { location: begun.location })))
}
