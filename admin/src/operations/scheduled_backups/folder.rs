//! The folder of the scheduled backups. It may lie on another machine: it may be full, slow, or never answer again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{KeptBackup, refused};
use crate::domain::Timestamp;
use crate::operations::OperationError;
use crate::operations::backup::interrupted;

/// Longer than a folder takes that works, and no longer than whoever asks will wait.
const PATIENCE: Duration = Duration::from_secs(10);
/// No backup takes so long, so that none that is being written loses its file.
const ABANDONED_SECS: u64 = 86_400;
const WHOLE: &str = ".age";
/// What [`crate::backup::write`] calls a backup that is not whole yet.
const INCOMPLETE: &str = ".incomplete";

pub(super) struct BackupFolder {
    path: PathBuf,
    patience: Duration,
    /// Of the threads that wait for the system, one at most waits for this folder: looked at again and again while it hangs, it
    /// would take them all, and nobody could sign in any more.
    turn: Arc<Semaphore>,
}

impl BackupFolder {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, patience: PATIENCE, turn: Arc::new(Semaphore::new(1)) }
    }

    pub(super) fn file(&self, made_at: Timestamp) -> PathBuf {
        self.path.join(name(made_at, WHOLE))
    }

    /// The backups in it, the newest first.
    pub(super) async fn kept(&self) -> Result<Vec<KeptBackup>, OperationError> {
        self.ask(read).await
    }

    /// Removes the oldest ones beyond `most`, and what killed servers have begun and not finished.
    pub(super) async fn tidy(&self, most: usize, now: Timestamp) -> Result<(), OperationError> {
        self.ask(move |folder| tidy(folder, most, now)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, OperationError> {
        let (turn, path) = (self.turn.clone(), self.path.clone());
        let asked = async {
            let turn = turn.acquire_owned().await.map_err(|_| interrupted())?;
            let answer = move || {
                let answer = question(&path);
                drop(turn);
                answer
            };
            let answer = tokio::task::spawn_blocking(answer).await.map_err(|_| interrupted())?;
            answer.map_err(|error| self.unusable(&format!("cannot be used: {error}")))
        };
        timeout(self.patience, asked).await.unwrap_or_else(|_| {
            Err(self.unusable("does not answer: see whether the machine that it lies on is there"))
        })
    }

    fn unusable(&self, why: &str) -> OperationError {
        refused(format!("the folder `{}` of scheduled backups {why}", self.path.display()))
    }
}

fn read(folder: &Path) -> io::Result<Vec<KeptBackup>> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(made_at) = entry.file_name().to_str().and_then(|name| made_at(name, WHOLE)) {
            kept.push(KeptBackup { made_at, file: entry.path(), bytes: entry.metadata()?.len() });
        }
    }
    kept.sort_by(|one, other| other.cmp(one));
    Ok(kept)
}

fn tidy(folder: &Path, most: usize, now: Timestamp) -> io::Result<()> {
    let too_many = read(folder)?.into_iter().skip(most).map(|old| old.file);
    for file in too_many.chain(abandoned(folder, now)?) {
        if let Err(error) = fs::remove_file(&file) {
            tracing::warn!(file = %file.display(), %error, "an old backup cannot be removed");
        }
    }
    Ok(())
}

fn abandoned(folder: &Path, now: Timestamp) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let begun_at = entry.file_name().to_str().and_then(|name| made_at(name, INCOMPLETE));
        if begun_at.is_some_and(|begun_at| now.since(begun_at) > ABANDONED_SECS) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// Such as `keystile-2026-11-27T03-00-00Z.age`: a colon would be read as the end of a machine's name by some programs.
fn name(made_at: Timestamp, end: &str) -> String {
    format!("keystile-{}{end}", made_at.to_string().replace(':', "-"))
}

/// Nothing else in the folder is listed, and so nothing else is removed.
fn made_at(of: &str, end: &str) -> Option<Timestamp> {
    let (day, time) = of.strip_prefix("keystile-")?.strip_suffix(end)?.split_once('T')?;
    let made_at = format!("{day}T{}", time.replace('-', ":")).parse().ok()?;
    (name(made_at, end) == of).then_some(made_at)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_backup_is_known_by_its_name_and_nothing_else_is_one() {
        let at = Timestamp::from_secs(1_700_000_000);
        assert_eq!(name(at, WHOLE), "keystile-2023-11-14T22-13-20Z.age");
        assert_eq!(made_at(&name(at, WHOLE), WHOLE), Some(at));
        for other in
            ["monday.age", "keystile-.age", "keystile-2023-11-14.age", "keystile-2023-11-14T22:13:20Z.age"]
        {
            assert_eq!(made_at(other, WHOLE), None, "{other}");
        }
    }

    #[test]
    fn what_a_killed_server_has_begun_goes_after_a_day_and_what_is_not_ours_stays() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_secs(1_700_000_000);
        let old = name(Timestamp::from_secs(now.as_secs() - ABANDONED_SECS - 1), INCOMPLETE);
        let names = [name(now, INCOMPLETE), name(now, WHOLE), "notes.incomplete".to_owned()];
        for name in names.iter().chain([&old]) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        tidy(folder.path(), 1, now).unwrap();
        assert!(!folder.path().join(old).exists());
        assert!(names.iter().all(|name| folder.path().join(name).exists()));
    }

    #[tokio::test]
    async fn a_folder_that_hangs_takes_one_thread_and_says_so_until_it_answers() {
        let folder = tempfile::tempdir().unwrap();
        let patience = Duration::from_millis(50);
        let hanging = BackupFolder { patience, ..BackupFolder::at(folder.path().to_owned()) };
        let (answer, hangs) = mpsc::channel::<()>();
        let first = hanging.ask(move |_| Ok(hangs.recv().is_ok())).await;
        let second = hanging.kept().await;
        for refused in [first.map(drop), second.map(drop)] {
            assert!(refused.unwrap_err().to_string().contains("does not answer"));
        }
        assert_eq!(hanging.turn.available_permits(), 0, "the first look was forgotten while it hangs");
        answer.send(()).unwrap();
        let patient = BackupFolder { patience: PATIENCE, ..hanging };
        assert_eq!(patient.kept().await.unwrap(), []);
    }
}
