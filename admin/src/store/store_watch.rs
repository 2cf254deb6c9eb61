//! What the store of the edge was found to hold.

use super::row::{int, secs};
use super::statement::query;
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
        let row = query("SELECT * FROM store_watch WHERE issuer = $1")
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
        query(
            "INSERT INTO store_watch
               (issuer, looked_at, intact_at, disturbances, disturbed_at, found, repaired_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (issuer) DO UPDATE SET
               looked_at = excluded.looked_at, intact_at = excluded.intact_at,
               disturbances = excluded.disturbances, disturbed_at = excluded.disturbed_at,
               found = excluded.found, repaired_at = excluded.repaired_at",
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
