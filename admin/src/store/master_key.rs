//! Which master key seals.

use super::row::Columns;
use super::{Change, Snapshot, StoreError};

impl Snapshot {
    /// The fingerprint of the master key that everything is sealed with; `None` in a database from before it was noted.
    pub async fn master_key_fingerprint(&mut self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT fingerprint FROM master_key").fetch_optional(self.connection()).await?;
        row.map(|row| row.text("fingerprint")).transpose()
    }
}

impl Change {
    /// Notes which master key everything is sealed with from now on.
    pub async fn note_master_key(&mut self, fingerprint: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT OR REPLACE INTO master_key (only, fingerprint) VALUES (1, ?)")
            .bind(fingerprint)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
