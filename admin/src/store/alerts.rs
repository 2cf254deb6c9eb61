//! Alerts that were raised.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Alert, Timestamp};

/// How long a resolved alert is kept: a year and a month, so that an auditor's year is whole.
const KEPT_SECS: u64 = 397 * 86_400;

/// An alert that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    /// Its id.
    pub id: String,
    /// The issuer; empty where it is the server itself.
    pub issuer: String,
    /// What was the matter when its rule last held.
    pub alert: Alert,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When its rule last held.
    pub fired_at: Timestamp,
    /// When it was over.
    pub resolved_at: Option<Timestamp>,
}

impl Snapshot {
    /// Those that are not over, the oldest first.
    pub async fn open_alerts(&mut self) -> Result<Vec<StoredAlert>, StoreError> {
        let rows = query("SELECT * FROM alerts WHERE resolved_at IS NULL ORDER BY raised_at, id")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(stored).collect()
    }

    /// At most `limit` of those that are over, the newest first.
    pub async fn resolved_alerts(&mut self, limit: u32) -> Result<Vec<StoredAlert>, StoreError> {
        let rows = query(
            "SELECT * FROM alerts WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC, id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(stored).collect()
    }
}

impl Change {
    /// Raises an alert. The schema refuses a second one about the same.
    pub async fn raise_alert(&mut self, raised: &StoredAlert) -> Result<(), StoreError> {
        query(
            "INSERT INTO alerts (id, issuer, kind, subject, severity, summary, raised_at, fired_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&raised.id)
        .bind(&raised.issuer)
        .bind(raised.alert.kind.as_str())
        .bind(&raised.alert.subject)
        .bind(raised.alert.severity.as_str())
        .bind(&raised.alert.summary)
        .bind(secs(raised.raised_at))
        .bind(secs(raised.fired_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes that the rule of an open alert still holds, and what is the matter now.
    pub async fn refresh_alert(&mut self, id: &str, alert: &Alert, now: Timestamp) -> Result<(), StoreError> {
        query("UPDATE alerts SET severity = $1, summary = $2, fired_at = $3 WHERE id = $4")
            .bind(alert.severity.as_str())
            .bind(&alert.summary)
            .bind(secs(now))
            .bind(id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// An alert is over.
    pub async fn resolve_alert(&mut self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        query("UPDATE alerts SET resolved_at = $1 WHERE id = $2")
            .bind(secs(now))
            .bind(id)
            .execute(self.connection())
            .await?;
        query("DELETE FROM alerts WHERE resolved_at < $1")
            .bind(int(now.as_secs().saturating_sub(KEPT_SECS)))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn stored(row: &Row) -> Result<StoredAlert, StoreError> {
    Ok(StoredAlert {
        id: row.text("id")?,
        issuer: row.text("issuer")?,
        alert: Alert {
            kind: row.text("kind")?.parse().map_err(|_| StoreError::Unexpected("alerts.kind"))?,
            subject: row.text("subject")?,
            severity: row.text("severity")?.parse().map_err(|_| StoreError::Unexpected("alerts.severity"))?,
            summary: row.text("summary")?,
        },
        raised_at: row.at("raised_at")?,
        fired_at: row.at("fired_at")?,
        resolved_at: row.at_opt("resolved_at")?,
    })
}
