//! How revoking by name stands.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::revocations::{self, RevocationStatus};
use axum::Json;

/// How many tokens and sessions are revoked by name, where they stand, and when the next has expired anyway.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/revocations",
    tag = "revocation", operation_id = "show_revocations",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = RevocationStatus)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<RevocationStatus>, Refusal> {
    Ok(Json(revocations::status(&caller.keystile, &caller.actor, &issuer).await?))
}
