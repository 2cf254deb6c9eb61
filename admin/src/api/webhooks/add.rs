//! A new webhook.

use axum::Json;
use axum::http::StatusCode;

use super::json::{WantedWebhook, WebhookWithSecret};
use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::webhooks;

/// Adds a webhook. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks", operation_id = "add_webhook",
    request_body = WantedWebhook,
    responses((status = 201, body = WebhookWithSecret)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(wanted): Body<WantedWebhook>,
) -> Result<(StatusCode, Json<WebhookWithSecret>), Refusal> {
    let new = webhooks::add(&caller.keystile, &caller.actor, &wanted.url, wanted.events).await?;
    Ok((StatusCode::CREATED, Json(new.into())))
}
