//! What the store of the edge was found to hold.

use super::row::{Columns, int, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Timestamp};

/// What is known of the edge's store and one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreWatch {
    /// When somebody last set out to look.
    pub looked_at: Timestamp,
    /// When it last held what was pushed.
    pub intact_at: Option<Timestamp>,
    /// How often it held something else.
    pub disturbances: u64,
    /// When it last did.
    pub disturbed_at: Option<Timestamp>,
    /// What it held then.
    pub found: Option<String>,
    /// When that was put right.
    pub repaired_at: Option<Timestamp>,
}

impl StoreWatch {
    /// Since when it holds something else, if it does.
    pub fn disturbed_since(&self) -> Option<Timestamp> {
        self.disturbed_at.filter(|_| self.repaired_at.is_none())
    }
}

impl Snapshot {
    /// What is known; `None` where nobody has looked yet.
    pub async fn store_watch(&mut self, issuer: &IssuerId) -> Result<Option<StoreWatch>, StoreError> {
        let row = sqlx::query("SELECT * FROM store_watch WHERE issuer = ?")
            .bind(issuer.as_str())
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(StoreWatch {
                looked_at: row.at("looked_at")?,
                intact_at: row.at_opt("intact_at")?,
                disturbances: row.number("disturbances")?,
                disturbed_at: row.at_opt("disturbed_at")?,
                found: row.text_opt("found")?,
                repaired_at: row.at_opt("repaired_at")?,
            })
        })
        .transpose()
    }
}

impl Change {
    /// Writes what is known.
    pub async fn save_store_watch(
        &mut self,
        issuer: &IssuerId,
        watch: &StoreWatch,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT OR REPLACE INTO store_watch
               (issuer, looked_at, intact_at, disturbances, disturbed_at, found, repaired_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(issuer.as_str())
        .bind(secs(watch.looked_at))
        .bind(watch.intact_at.map(secs))
        .bind(int(watch.disturbances))
        .bind(watch.disturbed_at.map(secs))
        .bind(&watch.found)
        .bind(watch.repaired_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
