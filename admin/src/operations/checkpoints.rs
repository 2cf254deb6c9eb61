//! Signed statements about how far the audit log has come. Whoever keeps one elsewhere sees a tail that is cut off later.

use serde::Serialize;
use serde_json::json;

use super::{Keystile, OperationError};
use crate::audit::{Action, Broken, Chain, Hash, Head, Record, Tree};
use crate::domain::{Actor, Permission};
use crate::seal::SealContext;
use crate::signing::{Checkpoint, CheckpointKey};
use crate::store::{AUDIT_KEY, AuditLine, Change, Snapshot, StoredCheckpoint};

/// So much of the log can be lost unseen by somebody who keeps every checkpoint.
const EVERY_SECS: u64 = 3600;
/// So many entries are read at once.
const PAGE: u32 = 1000;
const CONTEXT: SealContext<'static> = SealContext { purpose: AUDIT_KEY, owner: "", name: "checkpoints" };

/// What an auditor keeps away from the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditKeyView {
    /// The verifier key, `name+hash+key` (C2SP signed-note).
    pub verifier: String,
    /// The newest checkpoint, a signed note (C2SP tlog-checkpoint).
    pub checkpoint: String,
}

/// Makes a checkpoint once an hour, if there is anything new, and writes it into the server's log: so it leaves the
/// machine wherever the log is collected.
pub(super) async fn keep_up(keystile: &Keystile) -> Result<(), OperationError> {
    if !is_due(keystile, &mut keystile.store.read().await?).await? {
        return Ok(());
    }
    let mut change = keystile.store.write().await?;
    // Asked again under the lock: another process may have been faster.
    if is_due(keystile, &mut change).await? {
        let checkpoint = make(keystile, &mut change, &Actor::steward()).await?;
        change.commit().await?;
        tracing::info!(note = checkpoint.note, "checkpoint of the audit log");
    }
    Ok(())
}

/// The key that checkpoints are verified with, and one over the log as it is now.
pub async fn key(keystile: &Keystile, actor: &Actor) -> Result<AuditKeyView, OperationError> {
    actor.may(Permission::ReadAudit)?;
    let mut change = keystile.store.write().await?;
    let checkpoint = make(keystile, &mut change, actor).await?.note;
    let verifier = change.audit_verifier().await?.unwrap_or_default();
    change.commit().await?;
    Ok(AuditKeyView { verifier, checkpoint })
}

/// A checkpoint over all entries that this change leaves behind.
///
/// Refused with `audit_broken` where an entry since the last one is not the one that was written: what was tampered with
/// is not vouched for.
pub(super) async fn make(
    keystile: &Keystile,
    change: &mut Change,
    actor: &Actor,
) -> Result<StoredCheckpoint, OperationError> {
    let (origin, key) = signing_key(keystile, change, actor).await?;
    let last = change.newest_checkpoint().await?;
    let head = change.audit_head().await?;
    if let Some(last) = last.as_ref().filter(|last| last.tree.size() == head.entries) {
        return Ok(last.clone());
    }
    let tree = grown(change, last.map(|last| last.tree).unwrap_or_default()).await?;
    let made_at = keystile.now();
    let signed = Checkpoint { origin, size: tree.size(), root: tree.root().0, signed_at: Some(made_at) };
    let checkpoint = StoredCheckpoint { note: key.sign(&signed)?, made_at, tree };
    change.add_checkpoint(&checkpoint).await?;
    Ok(checkpoint)
}

async fn is_due(keystile: &Keystile, snapshot: &mut Snapshot) -> Result<bool, OperationError> {
    let entries = snapshot.audit_head().await?.entries;
    Ok(match snapshot.newest_checkpoint().await? {
        Some(last) => last.tree.size() < entries && keystile.now().since(last.made_at) >= EVERY_SECS,
        None => true,
    })
}

/// The tree with the entries since, each of which must be the one that was written.
async fn grown(snapshot: &mut Snapshot, mut tree: Tree) -> Result<Tree, OperationError> {
    let broken = |Broken { seq }| OperationError::AuditBroken { seq };
    let mut chain = Chain::from_head(head_at(snapshot, tree.size()).await?);
    loop {
        let lines = snapshot.audit_after(tree.size(), PAGE).await?;
        if lines.is_empty() {
            return Ok(tree);
        }
        for AuditLine { seq, entry, hash } in lines {
            let hash = hash.parse().map_err(|_| Broken { seq });
            hash.and_then(|hash| chain.check(&entry, hash)).map_err(broken)?;
            tree.append(&entry);
        }
    }
}

/// The chain's end as it was after so many entries.
async fn head_at(snapshot: &mut Snapshot, entries: u64) -> Result<Head, OperationError> {
    if entries == 0 {
        return Ok(Chain::new().head());
    }
    if let Some(base) = snapshot.audit_base().await?.filter(|base| base.head.entries == entries) {
        return Ok(base.head);
    }
    let line = snapshot.audit_after(entries - 1, 1).await?.pop().filter(|line| line.seq == entries);
    let hash: Option<Hash> = line.and_then(|line| line.hash.parse().ok());
    let hash = hash.ok_or(OperationError::AuditBroken { seq: entries })?;
    Ok(Head { entries, hash: Some(hash) })
}

/// The log's name and the key that signs for it; both are made when they are first needed.
async fn signing_key(
    keystile: &Keystile,
    change: &mut Change,
    actor: &Actor,
) -> Result<(String, CheckpointKey), OperationError> {
    if let (Some(sealed), Some(verifier)) = (change.secret(&CONTEXT).await?, change.audit_verifier().await?) {
        let key = CheckpointKey::from_pkcs8(&keystile.open_secret(change, &CONTEXT, &sealed).await?)?;
        let origin = verifier.split('+').next().unwrap_or_default().to_owned();
        return Ok((origin, key));
    }
    let first = change.audit_after(0, 1).await?.pop().ok_or(OperationError::AuditBroken { seq: 1 })?;
    // The log is named after its first entry, in which the time and the root key of the first start stand.
    let origin = format!("keystile/audit/{}", first.hash.chars().take(16).collect::<String>());
    let key = CheckpointKey::generate()?;
    let verifier = key.verifier(&origin)?.to_text();
    let sealed = keystile.seal(change, &CONTEXT, &key.to_pkcs8()?).await?;
    change.keep_secret(&CONTEXT, &sealed).await?;
    change.set_audit_verifier(&verifier).await?;
    let after = json!({ "verifier": verifier });
    let record = Record::new(keystile.now(), actor, Action::AuditKeyCreated, &origin);
    change.record(record.changing(None, Some(after))).await?;
    Ok((origin, key))
}
