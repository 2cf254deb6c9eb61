//! Is the process alive?

/// Answers as long as the process does.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "probes", operation_id = "health",
    responses((status = 200, body = String, content_type = "text/plain")),
    security(()),
)]
pub(in crate::api) async fn handler() -> &'static str {
    "ok\n"
}
