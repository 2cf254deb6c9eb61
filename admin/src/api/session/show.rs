//! Who am I?

use axum::Json;

use super::json::WhoAmI;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;

/// Who is signed in, by session or API token.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "session", operation_id = "who_am_i",
    responses((status = 200, body = WhoAmI)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<WhoAmI>, Refusal> {
    let (role, principal) = (caller.actor.role().as_str(), caller.actor.principal().to_string());
    Ok(Json(WhoAmI { role, principal, label: caller.label }))
}
