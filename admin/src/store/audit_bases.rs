//! Where the audit log begins, once entries were deleted. The schema lets go of nothing else.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError, StoredCheckpoint};
use crate::audit::{Hash, Head, Root};
use crate::domain::Timestamp;

/// What comes before the first entry that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBase {
    /// How many entries were deleted, and the hash of the last.
    pub head: Head,
    /// When the newest of them was written.
    pub newest_at: Timestamp,
    /// When they were deleted, at last.
    pub deleted_at: Timestamp,
}

/// What is left of the entries between a checkpoint and the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSubtrees {
    /// How many entries the checkpoint covers.
    pub size: u64,
    /// The roots of the whole subtrees over them.
    pub roots: Vec<Root>,
}

impl Snapshot {
    /// Where the log begins; none where it is there from its first entry on.
    pub async fn audit_base(&mut self) -> Result<Option<AuditBase>, StoreError> {
        let row = query("SELECT * FROM audit_bases ORDER BY size DESC LIMIT 1")
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(base).transpose()
    }

    /// What is left of all entries that were deleted, oldest first.
    pub async fn audit_subtrees(&mut self) -> Result<Vec<StoredSubtrees>, StoreError> {
        let rows = query("SELECT size, roots FROM audit_subtrees ORDER BY size")
            .fetch_all(self.connection())
            .await?;
        let stored = |row: &Row| {
            let bytes = row.bytes("roots")?;
            let (roots, rest) = bytes.as_chunks::<32>();
            match rest.is_empty() {
                true => Ok(StoredSubtrees {
                    size: row.number("size")?,
                    roots: roots.iter().copied().map(Root).collect(),
                }),
                false => Err(StoreError::Unexpected("audit_subtrees.roots")),
            }
        };
        rows.iter().map(stored).collect()
    }

    /// The oldest checkpoints over more than `after` entries, as far as they and all before them are older than `cutoff`.
    pub async fn checkpoints_before(
        &mut self,
        after: u64,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredCheckpoint>, StoreError> {
        let rows = query("SELECT * FROM audit_checkpoints WHERE size > $1 ORDER BY size LIMIT $2")
            .bind(int(after))
            .bind(limit)
            .fetch_all(self.connection())
            .await?;
        let checkpoints: Result<Vec<StoredCheckpoint>, _> =
            rows.iter().map(super::audit_checkpoints::checkpoint).collect();
        Ok(checkpoints?.into_iter().take_while(|it| it.made_at < cutoff).collect())
    }

    /// Whether a checkpoint was made between the two instants.
    pub async fn was_checkpoint_made(&mut self, from: Timestamp, to: Timestamp) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM audit_checkpoints WHERE made_at >= $1 AND made_at < $2 LIMIT 1")
            .bind(secs(from))
            .bind(secs(to))
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_some())
    }
}

impl Change {
    /// Deletes every entry before `base`. What is left of them must have been kept. Answers how many there were.
    pub async fn delete_audit_before(&mut self, base: &AuditBase) -> Result<u64, StoreError> {
        let hash = base.head.hash.ok_or(StoreError::Unexpected("audit_bases.hash"))?;
        query("INSERT INTO audit_bases (size, hash, newest_at, deleted_at) VALUES ($1, $2, $3, $4)")
            .bind(int(base.head.entries))
            .bind(hash.to_string())
            .bind(secs(base.newest_at))
            .bind(secs(base.deleted_at))
            .execute(self.connection())
            .await?;
        query("DELETE FROM audit WHERE seq <= $1")
            .bind(int(base.head.entries))
            .execute(self.connection())
            .await
    }

    /// Keeps what is left of entries that are about to be deleted.
    pub async fn keep_audit_subtrees(&mut self, kept: &StoredSubtrees) -> Result<(), StoreError> {
        let roots: Vec<u8> = kept.roots.iter().flat_map(|root| root.0).collect();
        query("INSERT INTO audit_subtrees (size, roots) VALUES ($1, $2)")
            .bind(int(kept.size))
            .bind(roots)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn base(row: &Row) -> Result<AuditBase, StoreError> {
    let hash: Hash = row.text("hash")?.parse().map_err(|_| StoreError::Unexpected("audit_bases.hash"))?;
    Ok(AuditBase {
        head: Head { entries: row.number("size")?, hash: Some(hash) },
        newest_at: row.at("newest_at")?,
        deleted_at: row.at("deleted_at")?,
    })
}
