//! Signing a token.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::domain::Audience;
use crate::operations::tokens::{self, MintedToken, TokenRequest};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A token to sign.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedToken {
    /// The `sub` claim.
    subject: String,
    /// The `aud` claim, a text or a list; otherwise the issuer's.
    audience: Option<Audience>,
    /// How long it lives; otherwise as long as an access token.
    lifetime_secs: Option<u64>,
    /// Further claims.
    #[serde(default)]
    #[schema(value_type = Object)]
    claims: Map<String, Value>,
}

/// Signs a token with the active key.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/tokens",
    tag = "tokens", operation_id = "mint_token",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedToken,
    responses((status = 201, body = MintedToken)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedToken>,
) -> Result<(StatusCode, Json<MintedToken>), Refusal> {
    let request = TokenRequest {
        subject: wanted.subject,
        audience: wanted.audience,
        lifetime_secs: wanted.lifetime_secs,
        claims: wanted.claims,
    };
    let minted = tokens::mint(&caller.keystile, &caller.actor, &issuer, request).await?;
    Ok((StatusCode::CREATED, Json(minted)))
}
