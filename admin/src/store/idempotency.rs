//! Keys under which a request may be sent again, and what became of the first.

use std::collections::HashSet;

use super::row::{Columns, int, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::Timestamp;

/// A key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// SHA-256 of the request it came with.
    pub fingerprint: Vec<u8>,
    /// The request that does the work.
    pub request_id: String,
    /// Until when that request is believed to be at work.
    pub claimed_until: Timestamp,
    /// Whether it has changed something.
    pub changed: bool,
    /// What it was answered, sealed.
    pub answer: Option<Vec<u8>>,
}

impl Snapshot {
    /// What is known of this key of this caller.
    pub async fn idempotency_key(
        &mut self,
        caller: &[u8],
        key: &str,
    ) -> Result<Option<StoredKey>, StoreError> {
        let row = sqlx::query("SELECT * FROM idempotency_keys WHERE caller = ? AND key = ?")
            .bind(caller)
            .bind(key)
            .fetch_optional(self.connection())
            .await?;
        row.map(|row| {
            Ok(StoredKey {
                fingerprint: row.bytes("fingerprint")?,
                request_id: row.text("request_id")?,
                claimed_until: row.at("claimed_until")?,
                changed: row.number("changed")? != 0,
                answer: row.bytes_opt("answer")?,
            })
        })
        .transpose()
    }

    /// How many keys of this caller are remembered.
    pub async fn idempotency_keys_of(&mut self, caller: &[u8]) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS count FROM idempotency_keys WHERE caller = ?")
            .bind(caller)
            .fetch_one(self.connection())
            .await?;
        row.number("count")
    }
}

impl Change {
    /// Writes a key that is claimed now.
    pub async fn save_idempotency_key(
        &mut self,
        caller: &[u8],
        key: &str,
        stored: &StoredKey,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, request_id, claimed_until, expires_at)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (caller, key) DO UPDATE
             SET request_id = excluded.request_id, claimed_until = excluded.claimed_until",
        )
        .bind(caller)
        .bind(key)
        .bind(&stored.fingerprint)
        .bind(&stored.request_id)
        .bind(secs(stored.claimed_until))
        .bind(secs(expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Shuts a request out: whatever it still tries to change is refused.
    pub async fn overtake_request(
        &mut self,
        request_id: &str,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO overtaken_requests (request_id, expires_at) VALUES (?, ?)")
            .bind(request_id)
            .bind(secs(expires_at))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Which of these requests were shut out.
    pub async fn overtaken(
        &mut self,
        request_ids: impl IntoIterator<Item = &str>,
    ) -> Result<HashSet<String>, StoreError> {
        let request_ids: Vec<_> = request_ids.into_iter().collect();
        let overtaken = sqlx::query_scalar(
            "SELECT request_id FROM overtaken_requests WHERE request_id IN (SELECT value FROM json_each(?))",
        )
        .bind(list(&request_ids)?)
        .fetch_all(Snapshot::connection(self))
        .await?;
        Ok(overtaken.into_iter().collect())
    }

    /// Notes, in the transaction that does it, that requests have changed something.
    pub(super) async fn note_changed(&mut self, request_ids: &[&str]) -> Result<(), StoreError> {
        if request_ids.is_empty() {
            return Ok(());
        }
        if !self.overtaken(request_ids.iter().copied()).await?.is_empty() {
            return Err(StoreError::Refused("the request was sent again, and another does it".to_owned()));
        }
        sqlx::query(
            "UPDATE idempotency_keys SET changed = 1 WHERE request_id IN (SELECT value FROM json_each(?))",
        )
        .bind(list(request_ids)?)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps what a request was answered, unless another has taken its place.
    pub async fn keep_answer(&mut self, request_id: &str, answer: &[u8]) -> Result<(), StoreError> {
        sqlx::query("UPDATE idempotency_keys SET answer = ? WHERE request_id = ?")
            .bind(answer)
            .bind(request_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets the key of a request that changed nothing.
    pub async fn release_idempotency_key(&mut self, request_id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM idempotency_keys WHERE request_id = ? AND changed = 0")
            .bind(request_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets keys whose time is over, at most so many that nobody waits for it.
    pub async fn forget_idempotency_keys_before(&mut self, now: Timestamp) -> Result<(), StoreError> {
        const AT_ONCE: u64 = 100;
        let statements = [
            "DELETE FROM idempotency_keys
             WHERE rowid IN (SELECT rowid FROM idempotency_keys WHERE expires_at <= ? LIMIT ?)",
            "DELETE FROM overtaken_requests
             WHERE rowid IN (SELECT rowid FROM overtaken_requests WHERE expires_at <= ? LIMIT ?)",
        ];
        for statement in statements {
            sqlx::query(statement).bind(secs(now)).bind(int(AT_ONCE)).execute(self.connection()).await?;
        }
        Ok(())
    }
}

fn list(request_ids: &[&str]) -> Result<String, StoreError> {
    serde_json::to_string(request_ids).map_err(|_| StoreError::Unexpected("overtaken_requests"))
}
