//! The keys that verify.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::external_signer::{self, VerificationKeys};
use axum::Json;

/// The keys that verify, as `FetchKeys` of Kubernetes' `ExternalJWTSigner` (v1) answers them.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/external-signer/keys",
    tag = "tokens", operation_id = "fetch_keys",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = VerificationKeys)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<VerificationKeys>, Refusal> {
    Ok(Json(external_signer::keys(&caller.keystile, &caller.actor, &issuer).await?))
}
