//! Another secret.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use super::json::WebhookWithSecret;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::webhooks;

/// Makes another secret for a webhook; the one before signs beside it for a day.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/secret",
    tag = "webhooks", operation_id = "rotate_webhook_secret",
    params(("id" = String, Path, description = "webhook")),
    responses((status = 201, body = WebhookWithSecret)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<WebhookWithSecret>), Refusal> {
    let new = webhooks::rotate_secret(&caller.keystile, &caller.actor, &id).await?;
    Ok((StatusCode::CREATED, Json(new.into())))
}
