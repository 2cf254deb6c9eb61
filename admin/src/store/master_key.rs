//! Which master key seals, and how it comes back.

use super::row::Row;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::seal::{NotedMasterKey, WrappedMasterKey};

impl Snapshot {
    /// The master key that everything is sealed with; `None` in a database from before it was noted.
    pub async fn master_key(&mut self) -> Result<Option<NotedMasterKey>, StoreError> {
        let row = query("SELECT fingerprint, wrapped, wrapped_by FROM master_key");
        row.fetch_optional(self.connection()).await?.as_ref().map(noted).transpose()
    }
}

fn noted(row: &Row) -> Result<NotedMasterKey, StoreError> {
    let wrapped = row.text_opt("wrapped")?.zip(row.text_opt("wrapped_by")?);
    Ok(NotedMasterKey {
        fingerprint: row.text("fingerprint")?,
        wrapped: wrapped.map(|(text, by)| WrappedMasterKey { text, by }),
    })
}

impl Change {
    /// Notes which master key everything is sealed with from now on.
    pub async fn note_master_key(&mut self, noted: &NotedMasterKey) -> Result<(), StoreError> {
        let wrapped = noted.wrapped.as_ref();
        query(
            "INSERT INTO master_key (\"only\", fingerprint, wrapped, wrapped_by) VALUES (1, $1, $2, $3)
             ON CONFLICT (\"only\") DO UPDATE SET fingerprint = excluded.fingerprint, wrapped = excluded.wrapped,
                wrapped_by = excluded.wrapped_by",
        )
        .bind(&noted.fingerprint)
        .bind(wrapped.map(|wrapped| wrapped.text.as_str()))
        .bind(wrapped.map(|wrapped| wrapped.by.as_str()))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
