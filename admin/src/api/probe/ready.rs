//! Can the server do its work?

use crate::api::caller::Anyone;
use crate::api::problem::Refusal;
use crate::operations::status;

/// Answers 200 only if the database can be read and written, and private keys can be used. Otherwise the answer says why not.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "probes", operation_id = "ready",
    responses((status = 200, body = String, content_type = "text/plain")),
    security(()),
)]
pub(in crate::api) async fn handler(anyone: Anyone) -> Result<&'static str, Refusal> {
    status::ready(&anyone.keystile).await?;
    Ok("ready\n")
}
