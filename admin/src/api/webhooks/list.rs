//! The webhooks.

use axum::Json;

use super::json::WebhookList;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::operations::webhooks;

/// Every webhook, without its secrets.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, body = WebhookList)),
)]
pub(in crate::api) async fn handler(caller: Caller) -> Result<Json<WebhookList>, Refusal> {
    Ok(Json(WebhookList { webhooks: webhooks::list(&caller.keystile, &caller.actor).await? }))
}
