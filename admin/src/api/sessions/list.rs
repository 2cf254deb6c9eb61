//! Who is signed in?

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::caller::Caller;
use crate::api::page::{Next, Paged, Window};
use crate::api::problem::Refusal;
use crate::operations::sessions::{self, SessionView};

/// Every session.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct SessionList {
    /// The one that was used last first.
    sessions: Vec<SessionView>,
}

/// Every session that is open, with the API token it was opened with.
#[utoipa::path(
    get,
    path = "/v1/sessions",
    tag = "session", operation_id = "list_sessions",
    params(Window),
    responses((status = 200, body = SessionList, headers(("link" = String, description = "The next page")))),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    paged: Paged,
) -> Result<(Next, Json<SessionList>), Refusal> {
    let all = sessions::list(&caller.keystile, &caller.actor).await?;
    let (sessions, next) = paged.of(all, |session| &session.id)?;
    Ok((next, Json(SessionList { sessions })))
}
