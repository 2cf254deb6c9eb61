//! The whole audit log in a file that proves itself.

use std::io::{self, Write};

use serde_json::json;

use super::{Keystile, OperationError, checkpoints};
use crate::audit::{
    Action, DeletedEntries, ExportBase, ExportHeader, ExportLine, ExportedEntry, FORMAT, Record,
};
use crate::domain::{Actor, Permission};
use crate::store::Snapshot;

/// So many entries are read at once.
const PAGE: u32 = 1000;

/// Writes the log: an entry about that, a checkpoint over everything, and then every line. Says how many entries.
pub async fn export(keystile: &Keystile, actor: &Actor, to: &mut impl Write) -> Result<u64, OperationError> {
    actor.may(Permission::ReadAudit)?;
    let mut change = keystile.store.write().await?;
    // Makes the key first, whose own entry stands before that of the export.
    checkpoints::make(keystile, &mut change, actor).await?;
    let before = change.audit_head().await?;
    let record = Record::new(keystile.now(), actor, Action::AuditExported, "audit");
    let after = json!({ "entries": before.entries, "head": before.hash.map(|hash| hash.to_string()) });
    change.record(record.changing(None, Some(after))).await?;
    let entries = checkpoints::make(keystile, &mut change, actor).await?.tree.size();
    let verifier = change.audit_verifier().await?.unwrap_or_default();
    change.commit().await?;
    let mut snapshot = keystile.store.read().await?;
    let head = snapshot.audit_base().await?.map(|base| base.head);
    let base = head.and_then(|head| Some(ExportBase { entries: head.entries, hash: head.hash?.to_string() }));
    let mut written = base.as_ref().map_or(0, |base| base.entries);
    line(to, &ExportLine::Export(ExportHeader { format: FORMAT, verifier, entries, base }))?;
    deleted(&mut snapshot, to).await?;
    while written < entries {
        written = page(&mut snapshot, written, entries, to).await?;
    }
    to.flush().map_err(|error| unwritable(&error))?;
    Ok(entries)
}

/// What is left of entries that were deleted, each time up to a checkpoint, which follows.
async fn deleted(snapshot: &mut Snapshot, to: &mut impl Write) -> Result<(), OperationError> {
    let kept = snapshot.audit_subtrees().await?;
    let through = kept.last().map_or(0, |it| it.size);
    let mut notes = snapshot.checkpoints_between(0, through).await?.into_iter();
    for it in kept {
        let subtrees = it.roots.iter().map(ToString::to_string).collect();
        line(to, &ExportLine::Deleted(DeletedEntries { through: it.size, subtrees }))?;
        let note = notes.find(|checkpoint| checkpoint.tree.size() == it.size).map(|it| it.note);
        line(to, &ExportLine::Checkpoint(note.ok_or(OperationError::AuditBroken { seq: it.size })?))?;
    }
    Ok(())
}

/// The next entries, and behind each the checkpoint that covers it, if there is one.
async fn page(
    snapshot: &mut Snapshot,
    after: u64,
    entries: u64,
    to: &mut impl Write,
) -> Result<u64, OperationError> {
    let lines = snapshot.audit_after(after, PAGE).await?;
    // Gone since the checkpoint was signed.
    let last = lines.last().ok_or(OperationError::AuditBroken { seq: after + 1 })?.seq.min(entries);
    let mut notes = snapshot.checkpoints_between(after, last).await?.into_iter().peekable();
    for entry in lines.into_iter().filter(|entry| entry.seq <= entries) {
        let seq = entry.seq;
        line(to, &ExportLine::Entry(ExportedEntry { seq, text: entry.entry, hash: entry.hash }))?;
        while let Some(checkpoint) = notes.next_if(|checkpoint| checkpoint.tree.size() == seq) {
            line(to, &ExportLine::Checkpoint(checkpoint.note))?;
        }
    }
    Ok(last)
}

fn line(to: &mut impl Write, line: &ExportLine) -> Result<(), OperationError> {
    let text = serde_json::to_string(line).map_err(io::Error::from);
    text.and_then(|text| writeln!(to, "{text}")).map_err(|error| unwritable(&error))
}

fn unwritable(error: &io::Error) -> OperationError {
    OperationError::InvalidInput { field: "to", detail: format!("the export cannot be written: {error}") }
}
