//! What the signer supports.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::external_signer::{self, SignerMetadata};
use axum::Json;

/// For how long a token may live, as `Metadata` of Kubernetes' `ExternalJWTSigner` (v1) answers it.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/external-signer/metadata",
    tag = "tokens", operation_id = "signer_metadata",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = SignerMetadata)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<SignerMetadata>, Refusal> {
    Ok(Json(external_signer::metadata(&caller.keystile, &caller.actor, &issuer).await?))
}
