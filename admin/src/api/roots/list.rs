//! The root keys.

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::{RootView, roots};
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// The root keys.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct RootList {
    /// Newest first, withdrawn ones included.
    roots: Vec<RootView>,
}

/// Every root key there ever was, what it vouches for, and whether every edge has pinned it.
#[utoipa::path(
    get,
    path = "/v1/roots",
    tag = "roots", operation_id = "list_roots",
    responses((status = 200, body = RootList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<RootList>, Refusal> {
    Ok(Json(RootList { roots: roots::list(&caller.keystile, &caller.actor).await? }))
}
