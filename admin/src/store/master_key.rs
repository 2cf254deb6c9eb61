//! Which master key seals.

use super::statement::query;
use super::{Change, Snapshot, StoreError};

impl Snapshot {
    /// The fingerprint of the master key that everything is sealed with; `None` in a database from before it was noted.
    pub async fn master_key_fingerprint(&mut self) -> Result<Option<String>, StoreError> {
        let row = query("SELECT fingerprint FROM master_key").fetch_optional(self.connection()).await?;
        row.map(|row| row.text("fingerprint")).transpose()
    }
}

impl Change {
    /// Notes which master key everything is sealed with from now on.
    pub async fn note_master_key(&mut self, fingerprint: &str) -> Result<(), StoreError> {
        query(
            "INSERT INTO master_key (\"only\", fingerprint) VALUES (1, $1)
             ON CONFLICT (\"only\") DO UPDATE SET fingerprint = excluded.fingerprint",
        )
        .bind(fingerprint)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
