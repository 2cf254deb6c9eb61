//! An offline root has signed a delegation.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::SetSignerView;
use crate::operations::set_signer::{self, DelegationOrder};
use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

/// A delegation to install.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedDelegation {
    /// The compact JWS that `keystile root sign` made.
    delegation: String,
    /// Why not to wait until every region says that it has pinned the root. Audited.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    override_reason: Option<String>,
}

/// Installs a delegation, and publishes a key set under it at once.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/set-signer/delegation",
    tag = "roots", operation_id = "install_delegation",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedDelegation,
    responses((status = 200, body = SetSignerView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(WantedDelegation { delegation, override_reason }): Body<WantedDelegation>,
) -> Result<Json<SetSignerView>, Refusal> {
    let order = DelegationOrder { delegation, override_reason };
    Ok(Json(set_signer::install(&caller.keystile, &caller.actor, &issuer, order).await?))
}
