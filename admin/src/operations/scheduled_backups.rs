//! Backups that the server makes by itself, in a folder in which it keeps the newest of them.
//!
//! The folder is the record: what lies there can be restored, whatever a database that is lost would have said. It is asked by
//! nobody but the loop that makes the backups, and whoever wants a list: a folder that hangs must not hold up the steward.

mod folder;

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use self::folder::BackupFolder;
use super::backup::{BackupOrder, BackupView, make};
use super::lease::Lease;
use super::{Keystile, OperationError};
use crate::domain::{Actor, Permission, Timestamp};
use crate::settings::BackupSchedule;

/// How often it is asked whether one is due, and how soon one that failed is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How late one may be before somebody is told: the server may have been down for a while.
const LATE_SECS: u64 = 6 * 3600;
/// What takes longer to be written is waiting for a folder that hangs.
const LONG_SECS: u64 = 3600;
/// Of several processes, one makes them.
const LEASE: &str = "backup";

/// The schedule, and how it goes.
pub(super) struct ScheduledBackups {
    schedule: BackupSchedule,
    folder: BackupFolder,
    /// What the last look at the folder has found, and the last try has come to; `None` before the first.
    noted: Mutex<Option<Noted>>,
}

#[derive(Clone, Default)]
struct Noted {
    /// When the newest one was made, where the folder has ever answered; `Some(None)` where there is none.
    newest: Option<Option<Timestamp>>,
    /// Since when one is being written.
    begun_at: Option<Timestamp>,
    /// Why the last try came to nothing.
    failure: Option<String>,
}

impl ScheduledBackups {
    pub(super) fn of(schedule: BackupSchedule) -> Self {
        let folder = BackupFolder::at(schedule.folder.clone());
        Self { schedule, folder, noted: Mutex::default() }
    }

    /// Asks the folder, and notes what it has answered.
    async fn look(&self) -> Result<Vec<KeptBackup>, OperationError> {
        let kept = self.folder.kept().await;
        self.note(|noted| match &kept {
            Ok(kept) => noted.newest = Some(kept.first().map(|newest| newest.made_at)),
            Err(error) => noted.failure = Some(error.to_string()),
        });
        kept
    }

    fn note(&self, note: impl FnOnce(&mut Noted)) {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        note(noted.get_or_insert_default());
    }

    fn noted(&self) -> Option<Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    let made = make_if_due(keystile, backups).await;
    backups.note(|noted| {
        noted.begun_at = None;
        noted.failure = made.as_ref().err().map(ToString::to_string);
    });
    made
}

/// The backups in the folder, the newest first.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<KeptBackup>, OperationError> {
    actor.may(Permission::Administer)?;
    match &keystile.backups {
        Some(backups) => backups.folder.kept().await,
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

/// Looks at the folder, where no loop of this process has done so: at the command line.
pub(super) async fn look_once(keystile: &Keystile) {
    if let Some(backups) = keystile.backups.as_ref().filter(|backups| backups.noted().is_none()) {
        // What was found is noted, a refusal too.
        let _ = backups.look().await;
    }
}

/// What should worry somebody about the scheduled backups, as far as it is known. Asks nobody.
pub(super) fn trouble(keystile: &Keystile) -> Option<String> {
    let backups = keystile.backups.as_ref()?;
    let Noted { newest, begun_at, failure } = backups.noted()?;
    let since = newest.map(|newest| match newest {
        Some(made_at) => format!("the newest backup is of {made_at}"),
        None => "there is no backup".to_owned(),
    });
    let is_older = |at: Timestamp, secs: u64| keystile.now().since(at) > secs;
    let failure = failure.or_else(|| {
        let begun_at = begun_at.filter(|at| is_older(*at, LONG_SECS))?;
        Some(format!("the one that was begun at {begun_at} is not written yet"))
    });
    let late_after = backups.schedule.every_secs.saturating_add(LATE_SECS);
    match (since, failure) {
        (Some(since), Some(failure)) => Some(format!("{since}: {failure}")),
        (None, failure) => failure,
        (since, None) => since.filter(|_| newest.flatten().is_some_and(|at| is_older(at, late_after))),
    }
}

async fn make_if_due(
    keystile: &Keystile,
    backups: &ScheduledBackups,
) -> Result<Option<BackupView>, OperationError> {
    if !is_due(keystile, backups).await? {
        return Ok(None);
    }
    let Some(lease) = Lease::take(keystile, LEASE.to_owned()).await? else { return Ok(None) };
    let made = tokio::select! {
        made = make_one(keystile, backups) => made,
        never = lease.keep() => match never {},
    };
    lease.release().await?;
    made
}

async fn make_one(
    keystile: &Keystile,
    backups: &ScheduledBackups,
) -> Result<Option<BackupView>, OperationError> {
    // Asked again under the lease: another process may have been faster.
    if !is_due(keystile, backups).await? {
        return Ok(None);
    }
    let ScheduledBackups { schedule, folder, .. } = backups;
    let now = keystile.now();
    // Before too: in a folder that is full there would never be a backup after which it is tidied.
    folder.tidy(schedule.keep, now).await?;
    backups.note(|noted| noted.begun_at = Some(now));
    let recipients = schedule.recipients.clone();
    let order = BackupOrder { to: folder.file(now), recipients, with_master_key: false };
    let made = make(keystile, &Actor::steward(), order).await?;
    backups.note(|noted| noted.newest = Some(Some(made.made_at)));
    folder.tidy(schedule.keep, now).await?;
    Ok(Some(made))
}

async fn is_due(keystile: &Keystile, backups: &ScheduledBackups) -> Result<bool, OperationError> {
    let now = keystile.now();
    // One of an instant to come is of a clock that has been set back since, and must not stop the rest.
    let newest = backups.look().await?.into_iter().find(|one| one.made_at <= now);
    Ok(newest.is_none_or(|newest| now.since(newest.made_at) >= backups.schedule.every_secs))
}

fn refused(detail: String) -> OperationError {
    OperationError::InvalidInput { field: "backup", detail }
}
