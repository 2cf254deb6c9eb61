//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operations::webhooks::{NewSecret, WebhookView};

/// A webhook to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedWebhook {
    /// Where it leads: `https`, to a public address unless the operator has allowed the host.
    #[schema(example = "https://hooks.example.com/keystile")]
    pub(super) url: String,
    /// The events it wants, such as `alert.raised`; none for all.
    #[serde(default)]
    pub(super) events: Vec<String>,
}

/// A webhook with a secret that was just made.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct WebhookWithSecret {
    /// The secret, `whsec_` and base64. It is kept sealed, so this is the only time it is shown.
    secret: String,
    /// Everything else about it.
    #[serde(flatten)]
    view: WebhookView,
}

impl From<NewSecret> for WebhookWithSecret {
    fn from(new: NewSecret) -> Self {
        Self { secret: new.secret.reveal().to_owned(), view: new.view }
    }
}

/// Every webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct WebhookList {
    /// The oldest first.
    pub(super) webhooks: Vec<WebhookView>,
}
