//! Leases: of several processes on one database, one at a time does a thing.

use super::row::secs;
use super::{Change, StoreError};
use crate::domain::Timestamp;

impl Change {
    /// Takes or prolongs a lease; says whether `holder` has it now.
    pub async fn take_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "INSERT INTO leases (name, holder, expires_at) VALUES (?1, ?2, ?4)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
             WHERE leases.holder = ?2 OR leases.expires_at <= ?3",
        )
        .bind(name)
        .bind(holder)
        .bind(secs(now))
        .bind(secs(until))
        .execute(self.connection())
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Gives a lease back. Does nothing where another holds it.
    pub async fn release_lease(&mut self, name: &str, holder: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM leases WHERE name = ? AND holder = ?")
            .bind(name)
            .bind(holder)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
