//! The keys of the issuer `main`, where every verifier looks first.

use axum::response::IntoResponse;

use super::jwks::answer;
use crate::api::caller::Anyone;
use crate::api::problem::Refusal;
use crate::domain::IssuerId;

/// The keys of the issuer `main` as a plain JWK Set (RFC 7517).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "keys", operation_id = "main_jwks",
    responses((status = 200, body = Object, content_type = "application/jwk-set+json")),
    security(()),
)]
pub(in crate::api) async fn handler(anyone: Anyone) -> Result<impl IntoResponse, Refusal> {
    answer(&anyone, &main_issuer()?).await
}

pub(super) fn main_issuer() -> Result<IssuerId, Refusal> {
    "main".parse().map_err(|_| Refusal::invalid_input("there is no issuer `main`"))
}
