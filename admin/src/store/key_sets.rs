//! Signed key sets, every version that ever was.

use super::row::{int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, KeySetStamp};

/// A signed key set as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKeySet {
    /// Version and validity.
    pub stamp: KeySetStamp,
    /// The compact JWS.
    pub document: String,
}

impl Snapshot {
    /// The key set with the highest version.
    pub async fn current_key_set(&mut self, issuer: &IssuerId) -> Result<Option<StoredKeySet>, StoreError> {
        let row = query(
            "SELECT version, document, issued_at, expires_at FROM key_sets
             WHERE issuer = $1 ORDER BY version DESC LIMIT 1",
        )
        .bind(issuer.as_str())
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| {
            Ok(StoredKeySet {
                stamp: KeySetStamp {
                    version: row.number("version")?,
                    issued_at: row.at("issued_at")?,
                    expires_at: row.at("expires_at")?,
                },
                document: row.text("document")?,
            })
        })
        .transpose()
    }
}

impl Change {
    /// Adds a key set together with the order to push it. The schema refuses a version that was there before.
    pub async fn add_key_set(&mut self, issuer: &IssuerId, set: &StoredKeySet) -> Result<(), StoreError> {
        query(
            "INSERT INTO key_sets (issuer, version, document, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(issuer.as_str())
        .bind(int(set.stamp.version))
        .bind(&set.document)
        .bind(secs(set.stamp.issued_at))
        .bind(secs(set.stamp.expires_at))
        .execute(self.connection())
        .await?;
        query("INSERT INTO outbox (issuer, version) VALUES ($1, $2)")
            .bind(issuer.as_str())
            .bind(int(set.stamp.version))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
