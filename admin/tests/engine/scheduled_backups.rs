//! Backups that the server makes by itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use keystile_admin::backup::age::Identity;
use keystile_admin::operations::drill::drill;
use keystile_admin::operations::scheduled_backups::{keep_up, list, newest};
use keystile_admin::operations::{Keystile, alerts, steward};
use keystile_admin::settings::{BackupSchedule, Settings};
use tempfile::TempDir;

use crate::rehearsal::{Rehearsal, settings};

const DAY: u64 = 86_400;

impl Rehearsal {
    /// A server on the same data that makes a backup every day, and keeps three.
    async fn with_backups(&self, folder: &Path, opener: &Identity) -> Keystile {
        let schedule = BackupSchedule {
            folder: folder.to_owned(),
            recipients: vec![opener.recipient().unwrap()],
            every_secs: DAY,
            keep: 3,
        };
        let own = Settings { backups: Some(schedule), ..settings(self.folder.path()) };
        Keystile::open(own, self.clock.clone()).await.unwrap()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_made_each_day_and_the_oldest_go_and_nothing_else_does() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    fs::write(folder.path().join("monday.age"), "made by hand").unwrap();
    let server = rehearsal.with_backups(folder.path(), &Identity::generate().unwrap()).await;
    for _ in 0..5 {
        assert!(keep_up(&server).await.unwrap().is_some());
        assert!(keep_up(&server).await.unwrap().is_none());
        rehearsal.clock.advance(DAY - 1);
        assert!(keep_up(&server).await.unwrap().is_none());
        rehearsal.clock.advance(1);
    }
    let kept = [
        "keystile-2023-11-16T22-13-20Z.age",
        "keystile-2023-11-17T22-13-20Z.age",
        "keystile-2023-11-18T22-13-20Z.age",
        "monday.age",
    ];
    assert_eq!(names(folder.path()), kept);
    let listed = list(&server, &rehearsal.admin).await.unwrap();
    assert_eq!(listed.len(), 3);
    assert!(listed[0].made_at > listed[1].made_at);
}

#[tokio::test]
async fn the_newest_one_is_proved_by_a_drill() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    let opener = Identity::generate().unwrap();
    let server = rehearsal.with_backups(folder.path(), &opener).await;
    assert!(newest(&server, &rehearsal.admin).await.unwrap_err().to_string().contains("no backup yet"));
    keep_up(&server).await.unwrap();
    rehearsal.clock.advance(DAY);
    let made = keep_up(&server).await.unwrap().unwrap();
    let file = newest(&server, &rehearsal.admin).await.unwrap().file;
    assert_eq!(file, made.file);
    let proved = drill(&server, &rehearsal.admin, &file, opener, rehearsal.clock.clone()).await.unwrap();
    assert_eq!(proved.made_at, made.made_at);
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told_until_it_is_back() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    let mounted = folder.path().join("mounted");
    let server = rehearsal.with_backups(&mounted, &Identity::generate().unwrap()).await;
    let told = async || {
        let open = alerts::list(&server, &rehearsal.admin).await.unwrap().alerts;
        open.into_iter().find(|alert| alert.kind == "backup_overdue").map(|alert| alert.summary)
    };
    let refused = keep_up(&server).await.unwrap_err().to_string();
    assert!(refused.contains("mounted` of scheduled backups cannot be used"), "{refused}");
    assert_eq!(told().await, Some(refused));
    fs::create_dir(&mounted).unwrap();
    keep_up(&server).await.unwrap();
    rehearsal.clock.advance(3600);
    assert_eq!(told().await, None);
    // Nobody makes the next one.
    rehearsal.clock.advance(DAY + 6 * 3600);
    assert_eq!(told().await.as_deref(), Some("the newest backup is of 2023-11-14T22:13:20Z"));
}

#[tokio::test]
async fn a_clock_that_is_set_back_and_a_second_server_make_none_too_few_and_none_too_many() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    let opener = Identity::generate().unwrap();
    let first = rehearsal.with_backups(folder.path(), &opener).await;
    let second = rehearsal.with_backups(folder.path(), &opener).await;
    // 1. Two at once make one.
    let (one, other) = tokio::join!(keep_up(&first), keep_up(&second));
    assert_eq!(one.unwrap().iter().chain(&other.unwrap()).count(), 1);
    // 2. One of an instant to come does not stop the next.
    let to_come = folder.path().join("keystile-2030-01-01T00-00-00Z.age");
    fs::write(&to_come, "made while the clock was wrong").unwrap();
    rehearsal.clock.advance(DAY);
    assert!(keep_up(&first).await.unwrap().is_some());
    assert!(keep_up(&second).await.unwrap().is_none());
}

#[tokio::test]
async fn a_folder_that_takes_nothing_holds_up_neither_alerts_nor_the_steward_and_is_told() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    let server = rehearsal.with_backups(folder.path(), &Identity::generate().unwrap()).await;
    // Whoever opens a pipe waits until somebody reads from it.
    let pipe = folder.path().join("keystile-2023-11-14T22-13-20Z.incomplete");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let told = async || {
        let open = alerts::list(&server, &rehearsal.admin).await.unwrap().alerts;
        open.into_iter().find(|alert| alert.kind == "backup_overdue").map(|alert| alert.summary)
    };
    let meanwhile = async {
        while !is_copied(&rehearsal) {
            tokio::task::yield_now().await;
        }
        assert_eq!(told().await, None);
        rehearsal.clock.advance(3601);
        steward::advance(&server).await.unwrap();
        let summary = told().await.unwrap();
        assert!(summary.contains("begun at 2023-11-14T22:13:20Z is not written yet"), "{summary}");
        let reader = pipe.clone();
        tokio::task::spawn_blocking(move || fs::read(reader)).await.unwrap().unwrap();
    };
    let (made, ()) = tokio::join!(keep_up(&server), meanwhile);
    // A pipe cannot be brought to a disk: it is no backup.
    assert!(made.is_err());
    assert!(keep_up(&server).await.unwrap().is_some());
}

/// Whether the database is copied, which is then written to the folder.
fn is_copied(rehearsal: &Rehearsal) -> bool {
    names(rehearsal.folder.path()).iter().any(|name| name.starts_with("backup-"))
}

#[tokio::test]
async fn fewer_are_kept_at_once_also_where_no_further_one_has_room() {
    let (rehearsal, folder) = (Rehearsal::begin().await, TempDir::new().unwrap());
    let server = rehearsal.with_backups(folder.path(), &Identity::generate().unwrap()).await;
    for day in 1..6 {
        fs::write(folder.path().join(format!("keystile-2023-11-0{day}T00-00-00Z.age")), "x").unwrap();
    }
    // A folder in the way of the next one refuses it, as a full disk would.
    fs::create_dir(folder.path().join("keystile-2023-11-14T22-13-20Z.incomplete")).unwrap();
    assert!(keep_up(&server).await.is_err());
    let left = names(folder.path());
    assert_eq!(left[..3], ["3", "4", "5"].map(|day| format!("keystile-2023-11-0{day}T00-00-00Z.age")));
}
