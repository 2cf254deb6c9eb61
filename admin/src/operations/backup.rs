//! Backups, made while the server serves.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::master_key::noted;
use super::{Keystile, OperationError, leftovers, random};
use crate::audit::{Action, Record};
use crate::backup::age::{AgeError, Recipient};
use crate::backup::{self, Manifest};
use crate::domain::{Actor, Permission, Timestamp};
use crate::fault::{self, FaultPoint};
use crate::seal::MasterKey;

/// What a backup is told.
#[derive(Debug, Clone)]
pub struct BackupOrder {
    /// A file that does not exist yet.
    pub to: PathBuf,
    /// Who may restore it.
    pub recipients: Vec<Recipient>,
    /// Whether the master key goes into it too, so that it can be restored without anything else.
    pub with_master_key: bool,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupView {
    /// Where it is.
    pub file: PathBuf,
    /// How long it is.
    pub bytes: u64,
    /// When it was made.
    pub made_at: Timestamp,
    /// Whom it is encrypted for.
    pub recipients: Vec<String>,
    /// The fingerprint of the master key without which it cannot be used.
    pub master_key_fingerprint: String,
    /// Whether that key is in it.
    pub has_master_key: bool,
    /// Who opens that key, which is in it wrapped; null where it is in a file or the environment.
    pub master_key_wrapped_by: Option<String>,
}

/// Writes one consistent state of everything into an encrypted file. Nobody waits for it.
pub async fn backup(
    keystile: &Keystile,
    actor: &Actor,
    order: BackupOrder,
) -> Result<BackupView, OperationError> {
    actor.may(Permission::Administer)?;
    make(keystile, actor, order).await
}

/// The same, also where nobody has asked for this one.
pub(super) async fn make(
    keystile: &Keystile,
    actor: &Actor,
    order: BackupOrder,
) -> Result<BackupView, OperationError> {
    if order.recipients.is_empty() {
        let detail = "name at least one recipient, or nobody could open it".to_owned();
        return Err(OperationError::InvalidInput { field: "recipient", detail });
    }
    keystile.unsealed().await?;
    let (made_at, has_master_key) = (keystile.now(), order.with_master_key);
    let noted = noted(&mut keystile.store.read().await?).await?;
    let keys = keystile.keys.keys(&noted).await?;
    let (master_key_fingerprint, wrapped) = (noted.fingerprint, noted.wrapped);
    let key = keys.with(&master_key_fingerprint).filter(|_| has_master_key).map(MasterKey::to_text);
    let manifest = Manifest::new(made_at.as_secs(), master_key_fingerprint.clone(), key.as_ref());
    let bytes = write(keystile, manifest, &order).await?;
    let recipients = order.recipients.iter().map(ToString::to_string).collect();
    let view = BackupView {
        file: order.to,
        bytes,
        made_at,
        recipients,
        master_key_fingerprint,
        has_master_key,
        master_key_wrapped_by: wrapped.map(|wrapped| wrapped.by),
    };
    if let Err(error) = note(keystile, actor, &view).await {
        // What the audit log does not know of must not lie around.
        remove(&view.file);
        return Err(error);
    }
    Ok(view)
}

async fn note(keystile: &Keystile, actor: &Actor, view: &BackupView) -> Result<(), OperationError> {
    let record = Record::new(view.made_at, actor, Action::BackupMade, "backup");
    let mut change = keystile.store.write().await?;
    change.record(record.changing(None, serde_json::to_value(view).ok())).await?;
    Ok(change.commit().await?)
}

/// The copy lies in the data folder, which is closed to others, and is gone when the backup is there. One that a killed
/// process left is swept by a later backup.
async fn write(keystile: &Keystile, manifest: Manifest, order: &BackupOrder) -> Result<u64, OperationError> {
    let copy = keystile.data().join(format!("{}{}.db", leftovers::COPY, random::text::<6>()?));
    let copied = keystile.store.copy_to(&copy).await;
    let written = match copied {
        Ok(()) => {
            fault::reach(FaultPoint::Copied);
            leftovers::sweep(keystile.data(), &copy);
            let (copy, order) = (copy.clone(), order.clone());
            let write = move || backup::write(&manifest, &copy, &order.recipients, &order.to);
            tokio::task::spawn_blocking(write).await.map_err(|_| interrupted())?
        }
        Err(error) => {
            remove(&copy);
            return Err(error.into());
        }
    };
    remove(&copy);
    written.map_err(|error| failed(&order.to, &error))
}

fn remove(file: &Path) {
    // What cannot be removed is closed to others, like the database.
    let _ = std::fs::remove_file(file);
}

pub(super) fn failed(file: &Path, error: &AgeError) -> OperationError {
    OperationError::InvalidInput { field: "backup", detail: format!("`{}`: {error}", file.display()) }
}

pub(super) fn interrupted() -> OperationError {
    OperationError::Internal { detail: "the backup was interrupted".to_owned() }
}
