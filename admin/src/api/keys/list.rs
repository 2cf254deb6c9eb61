//! The keys of an issuer.

use super::json::KeyList;
use crate::api::caller::Caller;
use crate::api::page::{Next, Paged, Window};
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::operations::keys;
use axum::Json;

/// Every key the issuer ever had, the active one first, then the newest.
#[utoipa::path(
    get,
    path = "/v1/issuers/{id}/keys",
    tag = "keys", operation_id = "list_keys",
    params(("id" = String, Path, description = "Issuer"), Window),
    responses((status = 200, body = KeyList, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    paged: Paged,
) -> Result<(Next, Json<KeyList>), Refusal> {
    let all = keys::list(&caller.keystile, &caller.actor, &issuer).await?;
    let (keys, next) = paged.of(all, |key| &key.kid)?;
    Ok((next, Json(KeyList { keys })))
}
