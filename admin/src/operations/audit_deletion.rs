//! Deletes what is older than the retention allows from the beginning of the audit log, so that what remains, and every
//! checkpoint that somebody keeps, can still be verified.

use std::sync::atomic::Ordering;

use super::{Keystile, OperationError, checkpoints};
use crate::audit::{Action, Broken, Chain, Deletion, Head, Record, Root, Subtrees, Tree};
use crate::domain::{Actor, LegalHold, Timestamp};
use crate::signing::CheckpointVerifier;
use crate::store::{AuditBase, AuditLine, Change, Snapshot, StoreError, StoredCheckpoint, StoredSubtrees};

/// How often the server looks whether anything is old enough.
const EVERY_SECS: u64 = 3600;
/// The entry about a deletion is one more entry, so that nothing goes before a day's worth can go.
const DAY_SECS: u64 = 86_400;
/// So many entries go at once, unless a single checkpoint covers more: nobody else writes meanwhile.
const MOST_ENTRIES: u64 = 20_000;
/// So many checkpoints are read to find where to stop: those of a month of hours.
const MOST_CHECKPOINTS: u32 = 744;
/// So many entries are read at once.
const PAGE: u32 = 1000;

/// Deletes what is old enough, once a day, and says how many entries. The server looks once an hour.
pub(super) async fn keep_up(keystile: &Keystile) -> Result<u64, OperationError> {
    let now = keystile.now();
    let looked_at = keystile.retention_looked_at.load(Ordering::Relaxed);
    if looked_at <= now.as_secs() && now.as_secs() - looked_at < EVERY_SECS {
        return Ok(0);
    }
    let deleted = delete(keystile).await;
    // After a full round there is more. A log that is broken is not read again and again.
    let is_done = !deleted.as_ref().is_ok_and(|deleted| *deleted >= MOST_ENTRIES);
    keystile.retention_looked_at.store(if is_done { now.as_secs() } else { 0 }, Ordering::Relaxed);
    deleted
}

/// Deletes what is old enough, as far as one round goes, and says how many entries.
///
/// Only what a checkpoint covers goes, and only if it is what was written; what a hold keeps stays.
pub async fn delete(keystile: &Keystile) -> Result<u64, OperationError> {
    if due(&mut keystile.store.read().await?, keystile.now()).await?.is_none() {
        return Ok(0);
    }
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    // Asked again under the lock: another process may have been faster, or somebody has set a hold.
    let Some(due) = due(&mut change, now).await? else { return Ok(0) };
    let Some(told) = remove(&mut change, &due, now).await? else { return Ok(0) };
    // It vouches for the new beginning at once.
    checkpoints::make(keystile, &mut change, &Actor::steward()).await?;
    change.commit().await?;
    let deleted = told.through - told.first + 1;
    tracing::info!(deleted, through = told.through, "entries of the audit log were deleted");
    // The next change scrubs too: what is deleted is gone from the database, if not yet from its log.
    if let Err(error) = keystile.store.scrub().await {
        tracing::warn!(%error, "the write-ahead log could not be emptied of deleted entries");
    }
    Ok(deleted)
}

/// What may go now.
struct Due {
    /// What the checkpoints are verified with.
    verifier: CheckpointVerifier,
    /// Where the log begins.
    base: Head,
    /// The tree over what is gone.
    tree: Tree,
    /// What is older than this may go.
    cutoff: Timestamp,
    /// The checkpoints up to which entries may go, oldest first.
    checkpoints: Vec<StoredCheckpoint>,
    retention_days: u32,
}

async fn due(snapshot: &mut Snapshot, now: Timestamp) -> Result<Option<Due>, OperationError> {
    let retention = snapshot.audit_retention().await?;
    let (Some(days), Some(cutoff)) = (retention.days_at(now), retention.cutoff(now)) else { return Ok(None) };
    let holds = snapshot.legal_holds().await?;
    let cutoff = holds.iter().fold(cutoff, |cutoff, hold: &LegalHold| hold.limit(cutoff));
    // A clock that is set far ahead makes everything old at once. So nothing goes before the server has lived for a day by this
    // clock: something was written, and signed, a day ago.
    if !snapshot.was_checkpoint_made(before(now, 14), before(now, 1)).await? {
        return Ok(None);
    }
    let base = snapshot.audit_base().await?.map_or(Chain::new().head(), |base| base.head);
    let checkpoints = snapshot.checkpoints_before(base.entries, cutoff, MOST_CHECKPOINTS).await?;
    if checkpoints.first().is_none_or(|oldest| oldest.made_at.plus(DAY_SECS) > cutoff) {
        return Ok(None);
    }
    let verifier = snapshot.audit_verifier().await?.unwrap_or_default();
    let verifier =
        CheckpointVerifier::parse(&verifier).map_err(|_| StoreError::Unexpected("audit_key.verifier"))?;
    let tree = snapshot.checkpoints_between(base.entries.saturating_sub(1), base.entries).await?.pop();
    let tree = tree.map(|checkpoint| checkpoint.tree).unwrap_or_default();
    Ok(Some(Due { verifier, base, tree, cutoff, checkpoints, retention_days: days }))
}

fn before(now: Timestamp, days: u64) -> Timestamp {
    Timestamp::from_secs(now.as_secs().saturating_sub(days * DAY_SECS))
}

/// Writes down what goes, and deletes it. Nothing, if an entry below every checkpoint is too young.
async fn remove(change: &mut Change, due: &Due, now: Timestamp) -> Result<Option<Deletion>, OperationError> {
    let Some((base, root)) = keep_what_is_left(change, due, now).await? else { return Ok(None) };
    let told = Deletion {
        first: due.base.entries + 1,
        through: base.head.entries,
        head: base.head.hash.map(|hash| hash.to_string()).unwrap_or_default(),
        root: root.to_string(),
        newest_at: base.newest_at.as_secs(),
        retention_days: due.retention_days,
    };
    // First, so that there is always an entry from which the chain goes on.
    let record = Record::new(now, &Actor::steward(), Action::AuditEntriesDeleted, "audit");
    change.record(record.changing(None, Some(told.to_value()))).await?;
    change.delete_audit_before(&base).await?;
    Ok(Some(told))
}

/// Keeps what is needed of the entries that go, checkpoint by checkpoint. Answers where the log is to begin, and the Merkle
/// root there.
async fn keep_what_is_left(
    change: &mut Change,
    due: &Due,
    now: Timestamp,
) -> Result<Option<(AuditBase, Root)>, OperationError> {
    let (chain, newest_at) = (Chain::from_head(due.base), Timestamp::from_secs(0));
    let mut walk = Walk { chain, tree: due.tree.clone(), newest_at };
    let mut last = None;
    for checkpoint in &due.checkpoints {
        let (from, size) = (walk.chain.head().entries, checkpoint.tree.size());
        if from - due.base.entries >= MOST_ENTRIES {
            break;
        }
        let Some(roots) = walk.up_to(change, size, due.cutoff).await? else { break };
        // What goes is what was signed.
        let signed = due.verifier.open(&checkpoint.note).map(|it| (it.size, it.root));
        let root = walk.grow(size, &roots).filter(|root| signed == Ok((size, root.0)));
        let root = root.ok_or(OperationError::AuditBroken { seq: from + 1 })?;
        change.keep_audit_subtrees(&StoredSubtrees { size, roots }).await?;
        let base = AuditBase { head: walk.chain.head(), newest_at: walk.newest_at, deleted_at: now };
        last = Some((base, root));
    }
    Ok(last)
}

/// A walk along the log, in which every entry must be the one that was written.
struct Walk {
    chain: Chain,
    tree: Tree,
    newest_at: Timestamp,
}

impl Walk {
    /// What is left of the entries up to the next checkpoint; nothing, if one of them is too young to go.
    async fn up_to(
        &mut self,
        snapshot: &mut Snapshot,
        to: u64,
        cutoff: Timestamp,
    ) -> Result<Option<Vec<Root>>, OperationError> {
        let broken = |Broken { seq }| OperationError::AuditBroken { seq };
        let (mut chain, mut newest_at) = (self.chain, self.newest_at);
        let mut left = Subtrees::new(chain.head().entries, to);
        while chain.head().entries < to {
            let seq = chain.next_seq();
            let wanted = u32::try_from(to + 1 - seq).map_or(PAGE, |left| left.min(PAGE));
            let lines = snapshot.audit_after(seq - 1, wanted).await?;
            if lines.is_empty() {
                return Err(OperationError::AuditBroken { seq });
            }
            for AuditLine { seq, entry, hash } in lines {
                let hash = hash.parse().map_err(|_| Broken { seq });
                hash.and_then(|hash| chain.check(&entry, hash)).map_err(broken)?;
                let at = Record::from_text(&entry).map_err(|_| broken(Broken { seq }))?.timestamp();
                if at >= cutoff {
                    return Ok(None);
                }
                newest_at = newest_at.max(at);
                left.append(&entry);
            }
        }
        (self.chain, self.newest_at) = (chain, newest_at);
        Ok(left.finish())
    }

    /// The root over everything up to there.
    fn grow(&mut self, to: u64, roots: &[Root]) -> Option<Root> {
        self.tree.append_subtrees(to, roots).ok()?;
        Some(self.tree.root())
    }
}
