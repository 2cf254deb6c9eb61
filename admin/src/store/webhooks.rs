//! Whoever wants to be told over HTTP.

use super::row::{Row, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError, WEBHOOK_SECRET};
use crate::domain::Timestamp;

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// Where it leads.
    pub url: String,
    /// The events it wants; empty for all.
    pub events: Vec<String>,
    /// When it was added.
    pub created_at: Timestamp,
    /// Since when nothing has arrived.
    pub failing_since: Option<Timestamp>,
    /// When it was given up.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<String>,
}

/// A secret of a webhook, without the secret itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecret {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it signs no more.
    pub ends_at: Option<Timestamp>,
}

impl Snapshot {
    /// Every webhook, the oldest first.
    pub async fn webhooks(&mut self) -> Result<Vec<Webhook>, StoreError> {
        let rows =
            query("SELECT * FROM webhooks ORDER BY created_at, id").fetch_all(self.connection()).await?;
        rows.iter().map(webhook).collect()
    }

    /// The webhook of this id.
    pub async fn webhook(&mut self, id: &str) -> Result<Option<Webhook>, StoreError> {
        let row =
            query("SELECT * FROM webhooks WHERE id = $1").bind(id).fetch_optional(self.connection()).await?;
        row.as_ref().map(webhook).transpose()
    }

    /// Its secrets, the newest first.
    pub async fn webhook_secrets(&mut self, id: &str) -> Result<Vec<WebhookSecret>, StoreError> {
        let rows = query(
            "SELECT * FROM webhook_secrets WHERE webhook = $1
             ORDER BY CASE WHEN ends_at IS NULL THEN 0 ELSE 1 END, created_at DESC, ends_at DESC, name",
        )
        .bind(id)
        .fetch_all(self.connection())
        .await?;
        let secret = |row: &Row| {
            Ok(WebhookSecret {
                name: row.text("name")?,
                created_at: row.at("created_at")?,
                ends_at: row.at_opt("ends_at")?,
            })
        };
        rows.iter().map(secret).collect()
    }
}

impl Change {
    /// Writes a webhook.
    pub async fn save_webhook(&mut self, webhook: &Webhook) -> Result<(), StoreError> {
        let events =
            serde_json::to_string(&webhook.events).map_err(|_| StoreError::Unexpected("webhooks.events"))?;
        query(
            "INSERT INTO webhooks (id, url, events, created_at, failing_since, disabled_at, disabled_reason)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET failing_since = excluded.failing_since,
               disabled_at = excluded.disabled_at, disabled_reason = excluded.disabled_reason",
        )
        .bind(&webhook.id)
        .bind(&webhook.url)
        .bind(events)
        .bind(secs(webhook.created_at))
        .bind(webhook.failing_since.map(secs))
        .bind(webhook.disabled_at.map(secs))
        .bind(&webhook.disabled_reason)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets a webhook, its secrets, and what waits for it.
    pub async fn remove_webhook(&mut self, id: &str) -> Result<(), StoreError> {
        for secret in self.webhook_secrets(id).await? {
            self.remove_webhook_secret(id, &secret.name).await?;
        }
        query("DELETE FROM deliveries WHERE receiver = $1").bind(id).execute(self.connection()).await?;
        query("DELETE FROM webhooks WHERE id = $1").bind(id).execute(self.connection()).await?;
        Ok(())
    }

    /// Notes a secret, whose sealed self is kept beside it.
    pub async fn save_webhook_secret(&mut self, id: &str, secret: &WebhookSecret) -> Result<(), StoreError> {
        query(
            "INSERT INTO webhook_secrets (webhook, name, created_at, ends_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (webhook, name) DO UPDATE SET ends_at = excluded.ends_at",
        )
        .bind(id)
        .bind(&secret.name)
        .bind(secs(secret.created_at))
        .bind(secret.ends_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Destroys a secret.
    pub async fn remove_webhook_secret(&mut self, id: &str, name: &str) -> Result<(), StoreError> {
        self.destroy_secret(WEBHOOK_SECRET, id, name).await?;
        query("DELETE FROM webhook_secrets WHERE webhook = $1 AND name = $2")
            .bind(id)
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: row.text("id")?,
        url: row.text("url")?,
        events: serde_json::from_str(&row.text("events")?)
            .map_err(|_| StoreError::Unexpected("webhooks.events"))?,
        created_at: row.at("created_at")?,
        failing_since: row.at_opt("failing_since")?,
        disabled_at: row.at_opt("disabled_at")?,
        disabled_reason: row.text_opt("disabled_reason")?,
    })
}
