//! The keys of any issuer, for verifiers of other makes.

use axum::http::header;
use axum::response::IntoResponse;

use crate::api::caller::Anyone;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::domain::IssuerId;
use crate::operations::key_set;

/// The keys of an issuer as a plain JWK Set (RFC 7517).
#[utoipa::path(
    get,
    path = "/issuers/{id}/.well-known/jwks.json",
    tag = "keys", operation_id = "jwks",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = Object, content_type = "application/jwk-set+json")),
    security(()),
)]
pub(in crate::api) async fn handler(
    anyone: Anyone,
    IssuerPath(issuer): IssuerPath,
) -> Result<impl IntoResponse, Refusal> {
    answer(&anyone, &issuer).await
}

/// The JWK Set, to be kept until it is planned to change, and readable by pages of any origin.
pub(super) async fn answer(anyone: &Anyone, issuer: &IssuerId) -> Result<impl IntoResponse + use<>, Refusal> {
    let (jwks, cache_secs) = key_set::jwks(&anyone.keystile, issuer).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/jwk-set+json".to_owned()),
        (header::CACHE_CONTROL, format!("public, max-age={cache_secs}")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned()),
    ];
    Ok((headers, jwks))
}
