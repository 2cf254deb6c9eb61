//! A try.

use axum::Json;
use axum::extract::Path;

use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::webhooks::{self, WebhookTest};

/// Delivers `webhook.test` at once, and says whether it arrived. If it does, a webhook that was given up is tried again.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/test",
    tag = "webhooks", operation_id = "test_webhook",
    params(("id" = String, Path, description = "webhook")),
    responses((status = 200, body = WebhookTest)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WebhookTest>, Refusal> {
    Ok(Json(webhooks::test(&caller.keystile, &caller.actor, &id).await?))
}
