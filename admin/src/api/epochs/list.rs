//! The epochs that hold.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::epochs::{self, EpochView};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The epochs of an issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct EpochList {
    /// That of everything first, where there is one.
    epochs: Vec<EpochView>,
}

/// The instants before which tokens are refused: all of them, or those of one key, subject, session or client.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/epochs",
    tag = "revocation", operation_id = "list_epochs",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = EpochList)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<EpochList>, Refusal> {
    Ok(Json(EpochList { epochs: epochs::list(&caller.keystile, &caller.actor, &issuer).await? }))
}
