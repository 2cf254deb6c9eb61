//! Where backends read their key, and what stands there.

use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::hand_off::{self, HandOffView};
use axum::Json;

/// The targets of an issuer's hand-off, what stands there, and what each waits for.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/hand-off",
    tag = "hand-off", operation_id = "show_hand_off",
    params(("id" = String, Path, description = "Issuer")),
    responses((status = 200, body = HandOffView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
) -> Result<Json<HandOffView>, Refusal> {
    Ok(Json(hand_off::get(&caller.keystile, &caller.actor, &issuer).await?))
}
