//! Orders to push. Only the current version is ever pushed; it settles the orders of all before it.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Timestamp};
use crate::publish::Shipment;

/// A key set that waits to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushOrder {
    /// Whose it is.
    pub issuer: IssuerId,
    /// Its version.
    pub version: u64,
    /// The compact JWS.
    pub document: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Before this instant it is not tried again.
    pub next_attempt_at: Timestamp,
}

impl PushOrder {
    /// What is to stand under `key`.
    pub fn shipment<'a>(&'a self, key: &'a str) -> Shipment<'a> {
        Shipment { key, document: self.document.as_bytes(), version: self.version }
    }
}

/// How the push of the current version stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushState {
    /// The highest version that was pushed and read back.
    pub pushed_version: Option<u64>,
    /// When the current version was pushed and read back; `None` while it waits.
    pub pushed_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// How often pushing any version of this issuer ever failed.
    pub failures: u64,
    /// When the key set ends that was pushed last.
    pub pushed_expires_at: Option<Timestamp>,
}

impl Snapshot {
    /// The current key set of each issuer that is not pushed yet, due or not.
    pub async fn push_orders(&mut self) -> Result<Vec<PushOrder>, StoreError> {
        let rows = query(
            "SELECT outbox.issuer, outbox.version, document, attempts, next_attempt_at
             FROM outbox JOIN key_sets USING (issuer, version)
             WHERE pushed_at IS NULL
               AND version = (SELECT MAX(version) FROM key_sets AS all_sets WHERE all_sets.issuer = outbox.issuer)
             ORDER BY outbox.issuer",
        )
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(order).collect()
    }

    /// The current key set of an issuer, if it was pushed and read back; `None` while it waits for that.
    pub async fn settled_push(&mut self, issuer: &IssuerId) -> Result<Option<PushOrder>, StoreError> {
        let row = query(
            "SELECT outbox.issuer, outbox.version, document, attempts, next_attempt_at
             FROM outbox JOIN key_sets USING (issuer, version)
             WHERE outbox.issuer = $1 AND pushed_at IS NOT NULL
               AND version = (SELECT MAX(version) FROM key_sets WHERE issuer = $1)",
        )
        .bind(issuer.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(order).transpose()
    }

    /// How the push of the current version stands.
    pub async fn push_state(&mut self, issuer: &IssuerId) -> Result<PushState, StoreError> {
        let row = query(
            "SELECT attempts, last_error, pushed_at,
                    (SELECT MAX(version) FROM outbox AS pushed
                     WHERE pushed.issuer = outbox.issuer AND pushed.pushed_at IS NOT NULL) AS pushed_version,
                    (SELECT CAST(SUM(failures) AS BIGINT) FROM outbox AS every
                     WHERE every.issuer = outbox.issuer) AS failures,
                    (SELECT expires_at FROM key_sets JOIN outbox AS pushed USING (issuer, version)
                     WHERE pushed.issuer = outbox.issuer AND pushed.pushed_at IS NOT NULL
                     ORDER BY version DESC LIMIT 1) AS pushed_expires_at
             FROM outbox WHERE issuer = $1 ORDER BY version DESC LIMIT 1",
        )
        .bind(issuer.as_str())
        .fetch_one(self.connection())
        .await?;
        Ok(PushState {
            pushed_version: row.number_opt("pushed_version")?,
            pushed_at: row.at_opt("pushed_at")?,
            attempts: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
            last_error: row.text_opt("last_error")?,
            failures: row.number("failures")?,
            pushed_expires_at: row.at_opt("pushed_expires_at")?,
        })
    }
}

impl Change {
    /// Settles the orders up to this version: it was pushed to `target` and read back.
    pub async fn note_pushed(
        &mut self,
        issuer: &IssuerId,
        version: u64,
        target: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE outbox SET pushed_at = $1, target = $2, last_error = NULL,
                               attempts = attempts + CASE WHEN version = $3 THEN 1 ELSE 0 END
             WHERE issuer = $4 AND version <= $3 AND pushed_at IS NULL",
        )
        .bind(secs(now))
        .bind(target)
        .bind(int(version))
        .bind(issuer.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Notes why a try failed, and when the next one is due.
    pub async fn note_push_failed(
        &mut self,
        order: &PushOrder,
        error: &str,
        next_attempt_at: Timestamp,
    ) -> Result<(), StoreError> {
        query(
            "UPDATE outbox SET attempts = attempts + 1, failures = failures + 1, last_error = $1, next_attempt_at = $2
             WHERE issuer = $3 AND version = $4",
        )
        .bind(error)
        .bind(secs(next_attempt_at))
        .bind(order.issuer.as_str())
        .bind(int(order.version))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Orders the current key set again where it was last pushed to another target; says whether it did.
    pub async fn order_again_for(&mut self, issuer: &IssuerId, target: &str) -> Result<bool, StoreError> {
        let done = query(
            "UPDATE outbox SET pushed_at = NULL, target = NULL, attempts = 0, next_attempt_at = 0
             WHERE issuer = $1 AND pushed_at IS NOT NULL AND target <> $2
               AND version = (SELECT MAX(version) FROM outbox WHERE issuer = $1)",
        )
        .bind(issuer.as_str())
        .bind(target)
        .execute(self.connection())
        .await?;
        Ok(done > 0)
    }

    /// Orders the current key set again, wherever it was pushed: the store does not hold it any more.
    pub async fn order_again(&mut self, issuer: &IssuerId) -> Result<(), StoreError> {
        query(
            "UPDATE outbox SET pushed_at = NULL, target = NULL, attempts = 0, next_attempt_at = 0
             WHERE issuer = $1 AND version = (SELECT MAX(version) FROM outbox WHERE issuer = $1)",
        )
        .bind(issuer.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn order(row: &Row) -> Result<PushOrder, StoreError> {
    Ok(PushOrder {
        issuer: row.text("issuer")?.parse().map_err(|_| StoreError::Unexpected("outbox.issuer"))?,
        version: row.number("version")?,
        document: row.text("document")?,
        attempts: u32::try_from(row.number("attempts")?).unwrap_or(u32::MAX),
        next_attempt_at: row.at("next_attempt_at")?,
    })
}
