//! An offline root is asked for a delegation.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::set_signer::{self, RequestOrder};
use crate::signing::DelegationRequest;
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// What to ask an offline root for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRequest {
    /// Whether to make a key of the next generation, which shuts the present one out once it is installed.
    #[serde(default)]
    new_key: bool,
    /// The generation that the key must be above, after the restore of a backup.
    above: Option<u64>,
}

/// What an offline root is to sign, so that this server may sign key sets for a while.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/set-signer/request",
    tag = "roots", operation_id = "request_delegation",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedRequest,
    responses((status = 200, body = DelegationRequest)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(WantedRequest { new_key, above }): Body<WantedRequest>,
) -> Result<Json<DelegationRequest>, Refusal> {
    let order = RequestOrder { new_key, above };
    Ok(Json(set_signer::request(&caller.keystile, &caller.actor, &issuer, order).await?))
}
