//! Rotations.

use super::row::{int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Rotation};

impl Snapshot {
    /// The rotation that was started last.
    pub async fn latest_rotation(&mut self, issuer: &IssuerId) -> Result<Option<Rotation>, StoreError> {
        let row = query("SELECT * FROM rotations WHERE issuer = $1 ORDER BY version DESC LIMIT 1")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(Rotation {
                id: row.text("id")?,
                new_kid: row.text("new_kid")?,
                old_kid: row.text("old_kid")?,
                started_at: row.at("started_at")?,
                version: row.number("version")?,
                reason: row.text_opt("reason")?,
                scheduled: row.number("scheduled")? == 1,
                paused_at: row.at_opt("paused_at")?,
                cancelled_at: row.at_opt("cancelled_at")?,
            })
        })
        .transpose()
    }
}

impl Change {
    /// Writes a rotation, new or paused or cancelled.
    pub async fn save_rotation(&mut self, issuer: &IssuerId, rotation: &Rotation) -> Result<(), StoreError> {
        query(
            "INSERT INTO rotations (id, issuer, new_kid, old_kid, started_at, version, reason, scheduled, paused_at,
                                    cancelled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET paused_at = excluded.paused_at, cancelled_at = excluded.cancelled_at",
        )
        .bind(&rotation.id)
        .bind(issuer.as_str())
        .bind(&rotation.new_kid)
        .bind(&rotation.old_kid)
        .bind(secs(rotation.started_at))
        .bind(int(rotation.version))
        .bind(&rotation.reason)
        .bind(rotation.scheduled)
        .bind(rotation.paused_at.map(secs))
        .bind(rotation.cancelled_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
