//! Checkpoints of the audit log. The schema refuses to change or withdraw one.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::audit::Tree;
use crate::domain::Timestamp;

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// The tree over all entries it covers.
    pub tree: Tree,
    /// When it was made.
    pub made_at: Timestamp,
    /// The signed note.
    pub note: String,
}

impl Snapshot {
    /// The newest checkpoint.
    pub async fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>, StoreError> {
        let row = query("SELECT * FROM audit_checkpoints ORDER BY size DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(checkpoint).transpose()
    }

    /// The checkpoints over more than `after` and at most `until` entries, oldest first.
    pub async fn checkpoints_between(
        &mut self,
        after: u64,
        until: u64,
    ) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let rows = query("SELECT * FROM audit_checkpoints WHERE size > $1 AND size <= $2 ORDER BY size")
            .bind(int(after))
            .bind(int(until))
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(checkpoint).collect()
    }

    /// What checkpoints are verified with, once there is a key that signs them.
    pub async fn audit_verifier(&mut self) -> Result<Option<String>, StoreError> {
        let row = query("SELECT verifier FROM audit_key").fetch_optional(self.connection()).await?;
        row.map(|row| row.text("verifier")).transpose()
    }
}

impl Change {
    /// Adds a checkpoint.
    pub async fn add_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<(), StoreError> {
        query("INSERT INTO audit_checkpoints (size, made_at, peaks, note) VALUES ($1, $2, $3, $4)")
            .bind(int(checkpoint.tree.size()))
            .bind(secs(checkpoint.made_at))
            .bind(checkpoint.tree.peaks())
            .bind(&checkpoint.note)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Notes what checkpoints are verified with from now on, and for good.
    pub async fn set_audit_verifier(&mut self, verifier: &str) -> Result<(), StoreError> {
        query("INSERT INTO audit_key (\"only\", verifier) VALUES (1, $1)")
            .bind(verifier)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

pub(super) fn checkpoint(row: &Row) -> Result<StoredCheckpoint, StoreError> {
    let tree = Tree::from_peaks(row.number("size")?, &row.bytes("peaks")?);
    Ok(StoredCheckpoint {
        tree: tree.map_err(|_| StoreError::Unexpected("audit_checkpoints.peaks"))?,
        made_at: row.at("made_at")?,
        note: row.text("note")?,
    })
}
