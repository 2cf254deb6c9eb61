//! Leases: of several processes on one database, one at a time does a thing.
//!
//! A lease can be lost without noticing, by a process that sleeps. So every taking gets a number, the fence, which only
//! rises: what was begun under a lower one is found out in the transaction that would note it.

use super::row::{int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::Timestamp;

impl Snapshot {
    /// Whether nobody has taken the lease since it was taken with this fence.
    pub async fn holds_lease(&mut self, name: &str, fence: u64) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM leases WHERE name = $1 AND fence = $2")
            .bind(name)
            .bind(int(fence))
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_some())
    }

    /// Whether [`take_lease`](Change::take_lease) would get it.
    pub async fn is_lease_free(
        &mut self,
        name: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM leases WHERE name = $1 AND expires_at > $2 AND expires_at <= $3 + 60")
            .bind(name)
            .bind(secs(now))
            .bind(secs(until))
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_none())
    }
}

impl Change {
    /// Takes a lease that nobody holds; answers its fence. One that ends a minute later than a new one would was taken by
    /// a clock that has been set back since, and counts as over.
    pub async fn take_lease(
        &mut self,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let row = query(
            "INSERT INTO leases (name, holder, expires_at, fence) VALUES ($1, $2, $4, 1)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
                                              fence = leases.fence + 1
             WHERE leases.expires_at <= $3 OR leases.expires_at > $4 + 60
             RETURNING fence",
        )
        .bind(name)
        .bind(holder)
        .bind(secs(now))
        .bind(secs(until))
        .fetch_optional(self.connection())
        .await?;
        row.map(|row| row.number("fence")).transpose()
    }

    /// Prolongs a lease, unless somebody has taken it meanwhile.
    pub async fn prolong_lease(
        &mut self,
        name: &str,
        fence: u64,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.end_lease_at(name, fence, secs(until)).await
    }

    /// Gives a lease back. Does nothing where another holds it.
    pub async fn release_lease(&mut self, name: &str, fence: u64) -> Result<(), StoreError> {
        self.end_lease_at(name, fence, 0).await
    }

    async fn end_lease_at(&mut self, name: &str, fence: u64, until: i64) -> Result<(), StoreError> {
        query("UPDATE leases SET expires_at = $1 WHERE name = $2 AND fence = $3")
            .bind(until)
            .bind(name)
            .bind(int(fence))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
