//! Emergencies.

use super::row::{int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Emergency, IssuerId};

impl Snapshot {
    /// The emergency that was declared last.
    pub async fn latest_emergency(&mut self, issuer: &IssuerId) -> Result<Option<Emergency>, StoreError> {
        let row = query("SELECT * FROM emergencies WHERE issuer = $1 ORDER BY version DESC LIMIT 1")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(Emergency {
                version: row.number("version")?,
                revoked_kid: row.text("revoked_kid")?,
                new_kid: row.text("new_kid")?,
                declared_at: row.at("declared_at")?,
                confirmed_at: row.at_opt("confirmed_at")?,
            })
        })
        .transpose()
    }
}

impl Change {
    /// Writes an emergency, new or confirmed.
    pub async fn save_emergency(
        &mut self,
        issuer: &IssuerId,
        emergency: &Emergency,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO emergencies (issuer, version, revoked_kid, new_kid, declared_at, confirmed_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (issuer, version) DO UPDATE SET confirmed_at = excluded.confirmed_at",
        )
        .bind(issuer.as_str())
        .bind(int(emergency.version))
        .bind(&emergency.revoked_kid)
        .bind(&emergency.new_kid)
        .bind(secs(emergency.declared_at))
        .bind(emergency.confirmed_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
