//! Backups that the server makes by itself, in a folder in which it keeps the newest of them.
//!
//! The folder is the record: what lies there can be restored, whatever a database that is lost would have said.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{fs, io};

use serde::Serialize;

use super::backup::{BackupOrder, BackupView, interrupted, make};
use super::lease::Lease;
use super::{Keystile, OperationError};
use crate::domain::{Actor, Permission, Timestamp};
use crate::settings::BackupSchedule;

/// How often it is asked whether one is due, and how soon one that failed is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How late one may be before somebody is told: the server may have been down for a while.
const LATE_SECS: u64 = 6 * 3600;
/// Of several processes, one makes them.
const LEASE: &str = "backup";

/// The schedule, and how it goes.
pub(super) struct ScheduledBackups {
    schedule: BackupSchedule,
    /// Why the last try came to nothing.
    failure: Mutex<Option<String>>,
}

impl ScheduledBackups {
    pub(super) fn of(schedule: BackupSchedule) -> Self {
        Self { schedule, failure: Mutex::default() }
    }
}

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct KeptBackup {
    /// When it was made.
    pub made_at: Timestamp,
    /// Where it is.
    pub file: PathBuf,
    /// How long it is.
    pub bytes: u64,
}

/// Makes each backup when it is due. Never returns; drop it to stop it.
pub async fn run(keystile: &Keystile) -> Infallible {
    loop {
        if let Err(error) = keep_up(keystile).await {
            tracing::error!(%error, code = error.code(), "the scheduled backup could not be made");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Makes a backup if one is due, and removes the oldest ones beyond those that are kept.
pub async fn keep_up(keystile: &Keystile) -> Result<Option<BackupView>, OperationError> {
    let Some(backups) = &keystile.backups else { return Ok(None) };
    let made = make_if_due(keystile, &backups.schedule).await;
    let failure = made.as_ref().err().map(ToString::to_string);
    *backups.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    made
}

/// The backups in the folder, the newest first.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<KeptBackup>, OperationError> {
    actor.may(Permission::Administer)?;
    match &keystile.backups {
        Some(backups) => kept(&backups.schedule.folder).await,
        None => {
            Err(refused("no backups are scheduled: set KEYSTILE__BACKUP__FOLDER, or name a file".to_owned()))
        }
    }
}

/// The newest of them.
pub async fn newest(keystile: &Keystile, actor: &Actor) -> Result<KeptBackup, OperationError> {
    let newest = list(keystile, actor).await?.into_iter().next();
    newest.ok_or_else(|| refused("there is no backup yet in the folder of scheduled backups".to_owned()))
}

/// What should worry somebody about the scheduled backups.
pub(super) async fn trouble(keystile: &Keystile) -> Option<String> {
    let ScheduledBackups { schedule, failure } = keystile.backups.as_ref()?;
    let failure = failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let newest = match kept(&schedule.folder).await {
        Ok(kept) => kept.into_iter().next(),
        Err(error) => return Some(error.to_string()),
    };
    let since = match &newest {
        Some(newest) => format!("the newest backup is of {}", newest.made_at),
        None => "there is no backup".to_owned(),
    };
    let is_late = newest.is_some_and(|newest| {
        keystile.now().since(newest.made_at) > schedule.every_secs.saturating_add(LATE_SECS)
    });
    match failure {
        Some(failure) => Some(format!("{since}: {failure}")),
        None => is_late.then_some(since),
    }
}

async fn make_if_due(
    keystile: &Keystile,
    schedule: &BackupSchedule,
) -> Result<Option<BackupView>, OperationError> {
    if !is_due(keystile, schedule).await? {
        return Ok(None);
    }
    let Some(lease) = Lease::take(keystile, LEASE.to_owned()).await? else { return Ok(None) };
    let made = tokio::select! {
        made = make_one(keystile, schedule) => made,
        never = lease.keep() => match never {},
    };
    lease.release().await?;
    made
}

async fn make_one(
    keystile: &Keystile,
    schedule: &BackupSchedule,
) -> Result<Option<BackupView>, OperationError> {
    // Asked again under the lease: another process may have been faster.
    if !is_due(keystile, schedule).await? {
        return Ok(None);
    }
    let to = schedule.folder.join(file_name(keystile.now()));
    let order = BackupOrder { to, recipients: schedule.recipients.clone(), with_master_key: false };
    let made = make(keystile, &Actor::steward(), order).await?;
    let too_many = kept(&schedule.folder).await?.into_iter().skip(schedule.keep);
    for old in too_many {
        if let Err(error) = fs::remove_file(&old.file) {
            tracing::warn!(file = %old.file.display(), %error, "an old backup cannot be removed");
        }
    }
    Ok(Some(made))
}

async fn is_due(keystile: &Keystile, schedule: &BackupSchedule) -> Result<bool, OperationError> {
    let now = keystile.now();
    // One of an instant to come is of a clock that has been set back since, and must not stop the rest.
    let newest = kept(&schedule.folder).await?.into_iter().find(|one| one.made_at <= now);
    Ok(newest.is_none_or(|newest| now.since(newest.made_at) >= schedule.every_secs))
}

/// A folder may lie on another machine and be slow to answer.
async fn kept(folder: &Path) -> Result<Vec<KeptBackup>, OperationError> {
    let of = folder.to_owned();
    let read = tokio::task::spawn_blocking(move || read(&of)).await.map_err(|_| interrupted())?;
    read.map_err(|error| {
        refused(format!("the folder `{}` of scheduled backups cannot be used: {error}", folder.display()))
    })
}

fn read(folder: &Path) -> io::Result<Vec<KeptBackup>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(made_at) = entry.file_name().to_str().and_then(made_at) {
            kept.push(KeptBackup { made_at, file: entry.path(), bytes: entry.metadata()?.len() });
        }
    }
    kept.sort_by(|one, other| other.cmp(one));
    Ok(kept)
}

/// Such as `keystile-2026-11-27T03-00-00Z.age`: a colon would be read as the end of a machine's name by some programs.
fn file_name(made_at: Timestamp) -> String {
    format!("keystile-{}.age", made_at.to_string().replace(':', "-"))
}

/// Nothing else in the folder is listed, and so nothing else is removed.
fn made_at(name: &str) -> Option<Timestamp> {
    let (day, time) = name.strip_prefix("keystile-")?.strip_suffix(".age")?.split_once('T')?;
    let made_at = format!("{day}T{}", time.replace('-', ":")).parse().ok()?;
    (file_name(made_at) == name).then_some(made_at)
}

fn refused(detail: String) -> OperationError {
    OperationError::InvalidInput { field: "backup", detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_known_by_its_name_and_nothing_else_is_one() {
        let at = Timestamp::from_secs(1_700_000_000);
        assert_eq!(file_name(at), "keystile-2023-11-14T22-13-20Z.age");
        assert_eq!(made_at(&file_name(at)), Some(at));
        for other in
            ["monday.age", "keystile-.age", "keystile-2023-11-14.age", "keystile-2023-11-14T22:13:20Z.age"]
        {
            assert_eq!(made_at(other), None, "{other}");
        }
    }
}
