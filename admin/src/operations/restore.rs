//! Restoring a backup on an empty machine.
//!
//! What edges have seen meanwhile is above what the backup says, so every issuer goes on above it: what the store holds is
//! taken over, and the next version is the present second. Everything happens in a folder within the data folder, and the
//! database takes its place at the very end: until then there is none, and the restore can be begun again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;

use super::backup::{failed, interrupted};
use super::first_start::make_private_folder;
use super::keystile::{database, master_key_file};
use super::overtake::{OvertakeOrder, OvertakeView, overtake};
use super::{Keystile, OperationError, audit_log, reason, retention};
use crate::audit::{Action, Record};
use crate::backup::age::Identity;
use crate::backup::{self, Manifest};
use crate::domain::{Actor, Clock, IssuerId, Key, KeyFacts, KeySource, Timestamp};
use crate::fault::{self, FaultPoint};
use crate::seal::MasterKey;
use crate::settings::Settings;

/// Where a backup is made usable, within the data folder: a data folder may be a volume of its own.
const STAGING: &str = "restoring";

/// What a restore is told.
pub struct RestoreOrder {
    /// The backup.
    pub file: PathBuf,
    /// What opens it.
    pub identity: Identity,
    /// Why, for the audit log.
    pub reason: String,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoreView {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// How many entries its audit log had, every one of them the one that was written.
    pub audit_entries: u64,
    /// The issuers.
    pub issuers: Vec<RestoredIssuer>,
    /// The data folder.
    pub data: PathBuf,
}

/// An issuer that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoredIssuer {
    /// The name in paths.
    pub id: String,
    /// The version in the backup.
    pub version_in_backup: u64,
    /// The version from now on: above any that was ever published.
    pub version: u64,
    /// What was taken over from the store of the edge; null where it held nothing newer.
    pub overtaken: Option<OvertakeView>,
    /// The key that signs in place of the one in the backup, which had been revoked since.
    pub replaced_by: Option<String>,
}

/// Restores a backup into the data folder that `settings` names, in which there may be nothing but `master.key`.
pub async fn restore(
    mut settings: Settings,
    clock: Arc<dyn Clock>,
    actor: &Actor,
    order: RestoreOrder,
) -> Result<RestoreView, OperationError> {
    let because = reason::required("reason", &order.reason)?;
    if settings.database.is_some() {
        let detail = "a backup is restored into the data folder first: leave KEYSTILE__DATABASE__URL out, and then go to PostgreSQL with `keystile migrate`";
        return Err(OperationError::InvalidInput { field: "database", detail: detail.to_owned() });
    }
    let data = std::mem::take(&mut settings.data);
    check_empty(&data)?;
    let was_there = data.exists();
    make_private_folder(&data)?;
    let staging = data.join(STAGING);
    make_private_folder(&staging)?;
    settings.data.clone_from(&staging);
    let restored = within(settings, clock, actor, order, &data, &because).await;
    match restored.and_then(|view| put_in_place(&staging, &data).map(|()| view)) {
        Ok(view) => Ok(view),
        Err(error) => {
            let _ = fs::remove_dir_all(&staging);
            if !was_there {
                let _ = fs::remove_dir(&data);
            }
            Err(error)
        }
    }
}

async fn within(
    settings: Settings,
    clock: Arc<dyn Clock>,
    actor: &Actor,
    order: RestoreOrder,
    data: &Path,
    because: &str,
) -> Result<RestoreView, OperationError> {
    let staging = settings.data.clone();
    let mut manifest = decrypt(order, database(&staging)).await?;
    let key_there = master_key_file(data);
    let key = match manifest.take_master_key() {
        _ if key_there.exists() => Some(MasterKey::read_file(&key_there)?),
        key => key,
    };
    if let Some(key) = key.filter(|_| settings.master_key.is_none() && settings.master_key_from.has_local()) {
        MasterKey::put_file(&master_key_file(&staging), &key)?;
    }
    let keystile = Keystile::open(settings, clock).await?;
    let view = go_on(&keystile, actor, &manifest, because, data).await;
    // The database alone is put in place, so that nothing may be left in its log.
    let scrubbed = keystile.store.scrub().await;
    keystile.close().await;
    scrubbed?;
    view
}

async fn go_on(
    keystile: &Keystile,
    actor: &Actor,
    manifest: &Manifest,
    because: &str,
    data: &Path,
) -> Result<RestoreView, OperationError> {
    keystile.unsealed().await?;
    let chain = audit_log::verify(keystile, actor).await?;
    if let Some(seq) = chain.first_broken_seq {
        return Err(OperationError::AuditBroken { seq });
    }
    let made_at = Timestamp::from_secs(manifest.made_at);
    let mut change = keystile.store.write().await?;
    // Whoever was signed in then may have been thrown out since.
    change.end_all_sessions().await?;
    // A hold that was set since is not known here: nothing goes before somebody could set it again.
    let retention = change.audit_retention().await?.suspended(keystile.now());
    change.set_audit_retention(retention).await?;
    let before = json!({ "made_at": made_at, "entries": chain.entries, "head": chain.head });
    let record = Record::new(keystile.now(), actor, Action::BackupRestored, "backup").because(Some(because));
    let after = json!({ "audit_retention": retention::told(retention) });
    change.record(record.changing(Some(before), Some(after))).await?;
    change.commit().await?;
    let mut issuers = Vec::new();
    for issuer in keystile.store.read().await?.issuer_ids().await? {
        issuers.push(rise(keystile, actor, &issuer, because).await?);
    }
    Ok(RestoreView { made_at, audit_entries: chain.entries, issuers, data: data.to_owned() })
}

/// Goes on above everything that edges may have seen.
async fn rise(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    because: &str,
) -> Result<RestoredIssuer, OperationError> {
    let version_in_backup = keystile.state(&mut keystile.store.read().await?, issuer).await?.current.version;
    let order = || OvertakeOrder { reason: because.to_owned(), dry_run: false };
    let mut replaced_by = None;
    let overtaken = match overtake(keystile, actor, issuer, order()).await {
        Err(OperationError::ActiveKeyRevokedElsewhere { .. }) => {
            replaced_by = Some(replace(keystile, actor, issuer, because).await?);
            Some(overtake(keystile, actor, issuer, order()).await?)
        }
        Err(OperationError::NothingToOvertake | OperationError::KvNotConfigured) => None,
        done => Some(done?),
    };
    let version = match &overtaken {
        Some(view) => view.version,
        None => sign_again(keystile, actor, issuer).await?,
    };
    Ok(RestoredIssuer { id: issuer.to_string(), version_in_backup, version, overtaken, replaced_by })
}

/// Another key in place of one that was revoked since. The epoch that its emergency raised is in the store, and is not
/// raised again: tokens that are good at the edge stay good.
async fn replace(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    because: &str,
) -> Result<String, OperationError> {
    let size = keystile.state(&mut keystile.store.read().await?, issuer).await?.issuer.policy.key_size;
    let private = keystile.generate(size).await?;
    let mut amendment = keystile.amend(issuer).await?;
    amendment.keep_private_half(&private).await?;
    let (now, version) = (amendment.now, amendment.next_version());
    let revoked = amendment.state.ring.active().kid().to_owned();
    let successor = Key::pending(KeyFacts::new(private.public().clone(), KeySource::Generated, now, version));
    let kid = successor.kid().to_owned();
    let state = &mut amendment.state;
    state.ring.replace_in_emergency(successor, because.to_owned(), &state.issuer.policy, now)?;
    amendment.record_key(actor, Action::KeyRevoked, &revoked, Some(because)).await?;
    amendment.record_key(actor, Action::KeyActivated, &kid, Some(because)).await?;
    amendment.commit().await?;
    Ok(kid)
}

/// The store holds nothing newer, or there is none; somebody may have seen a newer set all the same.
async fn sign_again(keystile: &Keystile, actor: &Actor, issuer: &IssuerId) -> Result<u64, OperationError> {
    let mut amendment = keystile.amend(issuer).await?;
    // No version that was ever signed is above its second (docs/format.md, section 2).
    let second = amendment.now.as_secs();
    amendment.state.current.version = amendment.state.current.version.max(second.saturating_sub(1));
    let after = Some(json!({ "version": amendment.next_version() }));
    let action = Action::KeySetSignedAgain;
    amendment.record(actor, action, issuer.as_str(), None, None, after).await?;
    Ok(amendment.publish().await?.current.version)
}

async fn decrypt(order: RestoreOrder, to: PathBuf) -> Result<Manifest, OperationError> {
    let file = order.file.clone();
    let read = move || backup::read(&order.file, &order.identity, &to);
    let read = tokio::task::spawn_blocking(read).await.map_err(|_| interrupted())?;
    read.map_err(|error| failed(&file, &error))
}

fn check_empty(data: &Path) -> Result<(), OperationError> {
    let (master_key, staging) = (master_key_file(data), data.join(STAGING));
    let Ok(entries) = fs::read_dir(data) else { return Ok(()) };
    match entries.flatten().map(|entry| entry.path()).find(|path| *path != master_key) {
        None => Ok(()),
        Some(path) if path == staging => {
            Err(unusable(&path, "was left behind by a restore that was interrupted: remove it"))
        }
        Some(path) => Err(unusable(
            &path,
            "is in the way: a backup is restored into a folder that is empty but for `master.key`",
        )),
    }
}

/// The master key comes first: a database that nobody can open must not stand there.
fn put_in_place(staging: &Path, data: &Path) -> Result<(), OperationError> {
    let put = || {
        let (key, key_there) = (master_key_file(staging), master_key_file(data));
        if key.exists() && !key_there.exists() {
            fs::rename(key, key_there)?;
        }
        fault::reach(FaultPoint::File);
        fs::rename(database(staging), database(data))?;
        fs::File::open(data)?.sync_all()?;
        fs::remove_dir_all(staging)
    };
    put().map_err(|error: std::io::Error| unusable(data, &error.to_string()))
}

fn unusable(path: &Path, why: &str) -> OperationError {
    OperationError::DataFolder { detail: format!("`{}` {why}", path.display()) }
}
