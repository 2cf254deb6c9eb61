//! A webhook ends.

use axum::Json;
use axum::extract::Path;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::webhooks::{self, WebhookView};

/// Removes a webhook, and destroys its secrets.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "webhooks", operation_id = "remove_webhook",
    params(("id" = String, Path, description = "webhook")),
    responses((status = 200, body = WebhookView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookView>, Refusal> {
    Ok(Json(webhooks::remove(&caller.keystile, &caller.actor, &id).await?))
}
