//! The signed keys of any issuer, where a verifier that has pinned a root looks first.

use axum::http::HeaderMap;
use axum::response::Response;

use super::signed::answer;
use crate::api::caller::Anyone;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::key_set;

/// The keys of an issuer as a signed JWK Set, which may be kept until they are planned to change.
#[utoipa::path(
    get,
    path = "/issuers/{id}/.well-known/jwks.jwt",
    tag = "keys", operation_id = "signed_jwks",
    params(("id" = String, Path, description = "Issuer")),
    responses(
        (status = 200, body = String, content_type = "application/jwk-set+jwt", headers(("etag" = String))),
        (status = 304),
    ),
    security(()),
)]
pub(in crate::api) async fn handler(
    anyone: Anyone,
    IssuerPath(issuer): IssuerPath,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let current = key_set::current(&anyone.keystile, &issuer).await?;
    let max_age = current.copy_secs;
    Ok(answer(current, max_age, &headers))
}
