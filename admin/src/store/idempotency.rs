//! Keys under which a request may be sent again, and what became of the first.

use std::collections::HashSet;

use super::row::{int, secs};
use super::statement::query;
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
        let row = query("SELECT * FROM idempotency_keys WHERE caller = $1 AND key = $2")
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
        let row = query("SELECT COUNT(*) AS count FROM idempotency_keys WHERE caller = $1")
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
        query(
            "INSERT INTO idempotency_keys (caller, key, fingerprint, request_id, claimed_until, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)
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
        query("INSERT INTO overtaken_requests (request_id, expires_at) VALUES ($1, $2)")
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
        let (request_ids, mut overtaken): (Vec<_>, _) = (request_ids.into_iter().collect(), HashSet::new());
        for request_id in request_ids {
            let row = query("SELECT 1 FROM overtaken_requests WHERE request_id = $1")
                .bind(request_id)
                .fetch_optional(Snapshot::connection(self))
                .await?;
            overtaken.extend(row.map(|_| request_id.to_owned()));
        }
        Ok(overtaken)
    }

    /// Notes, in the transaction that does it, that requests have changed something.
    pub(super) async fn note_changed(&mut self, request_ids: &[&str]) -> Result<(), StoreError> {
        if !self.overtaken(request_ids.iter().copied()).await?.is_empty() {
            return Err(StoreError::Refused("the request was sent again, and another does it".to_owned()));
        }
        for request_id in request_ids {
            query("UPDATE idempotency_keys SET changed = 1 WHERE request_id = $1")
                .bind(*request_id)
                .execute(self.connection())
                .await?;
        }
        Ok(())
    }

    /// Keeps what a request was answered, unless another has taken its place.
    pub async fn keep_answer(&mut self, request_id: &str, answer: &[u8]) -> Result<(), StoreError> {
        query("UPDATE idempotency_keys SET answer = $1 WHERE request_id = $2")
            .bind(answer)
            .bind(request_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets the key of a request that changed nothing.
    pub async fn release_idempotency_key(&mut self, request_id: &str) -> Result<(), StoreError> {
        query("DELETE FROM idempotency_keys WHERE request_id = $1 AND changed = 0")
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
             WHERE (caller, key) IN (SELECT caller, key FROM idempotency_keys WHERE expires_at <= $1 LIMIT $2)",
            "DELETE FROM overtaken_requests
             WHERE request_id IN (SELECT request_id FROM overtaken_requests WHERE expires_at <= $1 LIMIT $2)",
        ];
        for statement in statements {
            query(statement).bind(secs(now)).bind(int(AT_ONCE)).execute(self.connection()).await?;
        }
        Ok(())
    }
}
