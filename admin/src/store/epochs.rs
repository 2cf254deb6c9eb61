//! Not-before instants.

use super::row::{Columns, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::{Epochs, IssuerId};

impl Snapshot {
    /// The epochs of an issuer.
    pub async fn epochs(&mut self, issuer: &IssuerId) -> Result<Epochs, StoreError> {
        let row = sqlx::query("SELECT all_tokens FROM epochs WHERE issuer = ?")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        Ok(Epochs::restored(row.map(|row| row.at("all_tokens")).transpose()?))
    }
}

impl Change {
    /// Writes the epochs of an issuer. The schema refuses one that falls.
    pub async fn save_epochs(&mut self, issuer: &IssuerId, epochs: &Epochs) -> Result<(), StoreError> {
        let Some(all) = epochs.all() else { return Ok(()) };
        sqlx::query(
            "INSERT INTO epochs (issuer, all_tokens) VALUES (?, ?)
             ON CONFLICT (issuer) DO UPDATE SET all_tokens = excluded.all_tokens",
        )
        .bind(issuer.as_str())
        .bind(secs(all))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
