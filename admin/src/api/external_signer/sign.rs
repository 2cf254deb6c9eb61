//! Signing what somebody else has composed.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::external_signer::{self, SignedPayload};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// `SignJWTRequest`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Payload {
    /// The second segment of the token: base64url of a JSON object of claims.
    claims: String,
}

/// Signs a payload as it is, as `Sign` of Kubernetes' `ExternalJWTSigner` (v1) does. Refused unless every edge would believe
/// the token.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/external-signer/sign",
    tag = "tokens", operation_id = "sign_payload",
    params(("id" = String, Path, description = "Issuer")),
    request_body = Payload,
    responses((status = 200, body = SignedPayload)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(payload): Body<Payload>,
) -> Result<Json<SignedPayload>, Refusal> {
    Ok(Json(external_signer::sign(&caller.keystile, &caller.actor, &issuer, &payload.claims).await?))
}
