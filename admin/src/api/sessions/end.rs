//! Somebody is signed out.

use axum::Json;
use axum::extract::Path;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::sessions::{self, SessionView};

/// Ends a session of somebody else's.
#[utoipa::path(
    delete,
    path = "/v1/sessions/{id}",
    tag = "session", operation_id = "end_session",
    params(("id" = String, Path, description = "Session")),
    responses((status = 200, body = SessionView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<SessionView>, Refusal> {
    Ok(Json(sessions::end_one(&caller.keystile, &caller.actor, &id).await?))
}
