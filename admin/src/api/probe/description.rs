//! This very description.

use axum::Json;

use crate::api::openapi::openapi;

/// The OpenAPI 3.1 description of every route.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "probes", operation_id = "describe",
    responses((status = 200, body = Object)),
    security(()),
)]
pub(in crate::api) async fn handler() -> Json<utoipa::openapi::OpenApi> {
    Json(openapi())
}
