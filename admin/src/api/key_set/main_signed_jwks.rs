//! The signed keys of the issuer `main`.

use axum::http::HeaderMap;
use axum::response::Response;

use super::main_jwks::main_issuer;
use super::signed_jwks;
use crate::api::caller::Anyone;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;

/// The keys of the issuer `main` as a signed JWK Set.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.jwt",
    tag = "keys", operation_id = "main_signed_jwks",
    responses(
        (status = 200, body = String, content_type = "application/jwk-set+jwt", headers(("etag" = String))),
        (status = 304),
    ),
    security(()),
)]
pub(in crate::api) async fn handler(anyone: Anyone, headers: HeaderMap) -> Result<Response, Refusal> {
    signed_jwks::handler(anyone, IssuerPath(main_issuer()?), headers).await
}
