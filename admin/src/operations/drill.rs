//! A restore that changes nothing: it proves that a backup can be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::audit_log::ChainView;
use super::backup::{failed, interrupted};
use super::first_start::make_private_folder;
use super::keystile::database;
use super::{Keystile, OperationError, audit_log, key_set, leftovers, random};
use crate::audit::{Action, Record};
use crate::backup::age::Identity;
use crate::backup::{self, Manifest};
use crate::domain::{Actor, Clock, Permission, Timestamp};
use crate::fault::{self, FaultPoint};
use crate::store::Snapshot;

/// What a drill proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrillView {
    /// The backup.
    pub file: PathBuf,
    /// When it was made.
    pub made_at: Timestamp,
    /// How many entries its audit log has, all of which stand in the present one too.
    pub audit_entries: u64,
    /// How many sealed secrets opened.
    pub secrets: usize,
    /// How many issuers have a key set that the validator believes under the roots in the backup.
    pub issuers: usize,
}

/// Restores a backup into a folder of its own, uses everything in it once, and throws the folder away.
pub async fn drill(
    keystile: &Keystile,
    actor: &Actor,
    file: &Path,
    identity: Identity,
    clock: Arc<dyn Clock>,
) -> Result<DrillView, OperationError> {
    actor.may(Permission::Administer)?;
    let folder = keystile.data().join(format!("{}{}", leftovers::DRILL, random::text::<6>()?));
    make_private_folder(&folder)?;
    fault::reach(FaultPoint::DataFolder);
    leftovers::sweep(keystile.data(), &folder);
    let proved = within(keystile, actor, file, identity, clock, &folder).await;
    let removed = fs::remove_dir_all(&folder);
    let view = proved?;
    removed.map_err(|error| OperationError::DataFolder {
        detail: format!("`{}` cannot be removed: {error}", folder.display()),
    })?;
    let after = serde_json::to_value(&view).ok();
    let record = Record::new(keystile.now(), actor, Action::BackupDrilled, "backup").changing(None, after);
    let mut change = keystile.store.write().await?;
    change.record(record).await?;
    change.commit().await?;
    Ok(view)
}

async fn within(
    keystile: &Keystile,
    actor: &Actor,
    file: &Path,
    identity: Identity,
    clock: Arc<dyn Clock>,
    folder: &Path,
) -> Result<DrillView, OperationError> {
    let (from, to) = (file.to_owned(), database(folder));
    let read = tokio::task::spawn_blocking(move || backup::read(&from, &identity, &to)).await;
    let mut manifest = read.map_err(|_| interrupted())?.map_err(|error| failed(file, &error))?;
    let settings = keystile.to_restore(folder.to_owned(), manifest.take_master_key());
    let restored = Keystile::open(settings, clock).await?;
    let view = prove(keystile, &restored, actor, file, &manifest).await;
    restored.close().await;
    view
}

async fn prove(
    keystile: &Keystile,
    restored: &Keystile,
    actor: &Actor,
    file: &Path,
    manifest: &Manifest,
) -> Result<DrillView, OperationError> {
    restored.unsealed().await?;
    let chain = audit_log::verify(restored, actor).await?;
    let mut present = keystile.store.read().await?;
    let is_ours = is_ours(&mut present, &mut restored.store.read().await?, &chain).await?;
    drop(present);
    if let Some(seq) = chain.first_broken_seq.or((!is_ours).then_some(chain.entries)) {
        return Err(OperationError::AuditBroken { seq });
    }
    let mut snapshot = restored.store.read().await?;
    let secrets = snapshot.secrets().await?;
    for secret in &secrets {
        restored.open_secret(&mut snapshot, &secret.context(), &secret.sealed).await?;
    }
    let issuers = snapshot.issuer_ids().await?;
    drop(snapshot);
    for issuer in &issuers {
        key_set::check_believed(restored, issuer).await?;
    }
    Ok(DrillView {
        file: file.to_owned(),
        made_at: Timestamp::from_secs(manifest.made_at),
        audit_entries: chain.entries,
        secrets: secrets.len(),
        issuers: issuers.len(),
    })
}

/// Whether the log of the backup is the beginning of the present one.
async fn is_ours(
    present: &mut Snapshot,
    restored: &mut Snapshot,
    chain: &ChainView,
) -> Result<bool, OperationError> {
    let same = present.audit_after(chain.entries.saturating_sub(1), 1).await?.pop();
    if present.audit_base().await?.is_none_or(|base| base.head.entries < chain.entries) {
        return Ok(same.is_some_and(|line| line.seq == chain.entries && Some(line.hash) == chain.head));
    }
    // Its last entry has been deleted here since; what was signed over it has not.
    let Some(signed) = restored.newest_checkpoint().await? else { return Ok(false) };
    let size = signed.tree.size();
    let known = present.checkpoints_between(size.saturating_sub(1), size).await?.pop();
    Ok(known.is_some_and(|known| known.note == signed.note))
}
