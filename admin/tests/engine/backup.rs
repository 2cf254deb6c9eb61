//! Backups of a server that serves, and what comes back from them.

use std::fs;
use std::path::{Path, PathBuf};

use keystile_admin::backup::age::Identity;
use keystile_admin::domain::{Policy, Scope, SecretText};
use keystile_admin::operations::backup::{BackupOrder, BackupView, backup};
use keystile_admin::operations::drill::drill;
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::epochs::raise;
use keystile_admin::operations::legal_holds::{self, HoldOrder};
use keystile_admin::operations::restore::{RestoreOrder, RestoreView, restore};
use keystile_admin::operations::{Keystile, OperationError, key_set, keys, retention, sessions};
use keystile_admin::settings::{KvSettings, Settings};
use keystile_validator::{Expected, Policy as Judging, Validator};
use tempfile::TempDir;

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{ISS, Rehearsal, settings};

/// What opens the backups of a test: the same each time it is asked for.
struct Opener(String);

impl Opener {
    fn new() -> Self {
        Self(Identity::generate().unwrap().to_text().reveal().to_owned())
    }

    fn identity(&self) -> Identity {
        Identity::from_file_text(&SecretText::new(self.0.clone())).unwrap()
    }
}

impl Rehearsal {
    async fn back_up(&self, to: &Path, opener: &Opener, with_master_key: bool) -> BackupView {
        let recipients = vec![opener.identity().recipient().unwrap()];
        let order = BackupOrder { to: to.to_owned(), recipients, with_master_key };
        backup(&self.keystile, &self.admin, order).await.unwrap()
    }

    async fn restore(
        &self,
        file: &Path,
        opener: &Opener,
        data: &Path,
        kv: Option<KvSettings>,
    ) -> Result<RestoreView, OperationError> {
        let order = RestoreOrder {
            file: file.to_owned(),
            identity: opener.identity(),
            reason: "the disk died".to_owned(),
        };
        let settings = Settings { kv, ..settings(data) };
        restore(settings, self.clock.clone(), &self.admin, order).await
    }
}

fn places() -> (TempDir, PathBuf, PathBuf) {
    let folder = TempDir::new().unwrap();
    let (file, data) = (folder.path().join("backup.age"), folder.path().join("data"));
    (folder, file, data)
}

#[tokio::test]
async fn a_backup_comes_back_on_an_empty_machine_above_every_version() {
    let (rehearsal, opener, (_folder, file, data)) = (Rehearsal::begin().await, Opener::new(), places());
    let kid = rehearsal.new_key().await;
    let cookie =
        sessions::create(&rehearsal.keystile, rehearsal.made.admin_token.reveal()).await.unwrap().cookie;
    rehearsal.back_up(&file, &opener, true).await;
    rehearsal.clock.advance(86_400);
    let later = rehearsal.new_key().await;
    let view = rehearsal.restore(&file, &opener, &data, None).await.unwrap();
    assert!(view.issuers[0].version > rehearsal.version().await);
    let keystile = Keystile::open(settings(&data), rehearsal.clock.clone()).await.unwrap();
    keystile.unsealed().await.unwrap();
    let known = async |kid: &str| keys::get(&keystile, &rehearsal.admin, &rehearsal.main, kid).await.is_ok();
    // What the backup could not know is not there; a session of then is over.
    assert_eq!((known(&kid).await, known(&later).await), (true, false));
    assert!(sessions::authenticate(&keystile, cookie.reveal()).await.is_err());
    assert_eq!(fs::read_dir(data.parent().unwrap()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_key_that_was_revoked_after_the_backup_does_not_come_back_and_no_good_token_is_refused() {
    let fake = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(fake.settings()), Policy::default(), None).await;
    rehearsal.settle().await;
    let (opener, (_folder, file, data)) = (Opener::new(), places());
    let revoked = rehearsal.made.kid.clone();
    rehearsal.back_up(&file, &opener, true).await;
    rehearsal.pass(3_600).await;
    let order = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm: revoked.clone() };
    let declared = emergency(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
    rehearsal.pass(3_600).await;
    let good = rehearsal.mint(crate::tokens::request()).await.unwrap().token;
    rehearsal.clock.advance(60);

    let view = rehearsal.restore(&file, &opener, &data, Some(fake.settings())).await.unwrap();
    let issuer = &view.issuers[0];
    assert!(issuer.version > declared.version && issuer.replaced_by.is_some());
    let keystile = Keystile::open(settings(&data), rehearsal.clock.clone()).await.unwrap();
    let state = keys::get(&keystile, &rehearsal.admin, &rehearsal.main, &revoked).await.unwrap().state;
    assert_eq!(state, "revoked");
    let current = key_set::current(&keystile, &rehearsal.main).await.unwrap();
    let believed = rehearsal.believe(&current.document, current.version);
    assert!(!believed.kids().any(|kid| kid.to_string() == revoked));
    let policy =
        Judging::builder().issuer(Expected::one_of([ISS])).audience(Expected::NotChecked).build().unwrap();
    Validator::new(believed, policy).validate(good.as_bytes(), keystile.now().into()).unwrap();
}

#[tokio::test]
async fn a_drill_proves_a_backup_and_leaves_nothing_behind() {
    let (rehearsal, opener, (_folder, file, _)) = (Rehearsal::begin().await, Opener::new(), places());
    rehearsal.new_key().await;
    rehearsal.back_up(&file, &opener, false).await;
    let before = fs::read_dir(rehearsal.folder.path()).unwrap().count();
    let run = async |file: &Path, opener: &Opener| {
        drill(&rehearsal.keystile, &rehearsal.admin, file, opener.identity(), rehearsal.clock.clone()).await
    };
    let proved = run(&file, &opener).await.unwrap();
    assert_eq!((proved.secrets, proved.issuers), (3, 1));
    // The backup and the drill are entries since.
    assert_eq!(proved.audit_entries + 2, rehearsal.entries().await);
    assert!(run(&file, &Opener::new()).await.is_err());
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(run(&file, &opener).await.is_err());
    assert_eq!(fs::read_dir(rehearsal.folder.path()).unwrap().count(), before);
}

#[tokio::test]
async fn a_restore_that_cannot_be_finished_leaves_nothing_behind() {
    let (rehearsal, opener, (folder, file, data)) = (Rehearsal::begin().await, Opener::new(), places());
    rehearsal.back_up(&file, &opener, false).await;
    // Without the master key there is nothing to sign with.
    let refused = rehearsal.restore(&file, &opener, &data, None).await.unwrap_err();
    assert_eq!(refused.code(), "master_key_unusable");
    let stranger = rehearsal.restore(&file, &Opener::new(), &data, None).await.unwrap_err();
    assert!(stranger.to_string().contains("another recipient"), "{stranger}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    // The key in its place, and it goes on.
    fs::create_dir(&data).unwrap();
    fs::copy(rehearsal.folder.path().join("master.key"), data.join("master.key")).unwrap();
    rehearsal.restore(&file, &opener, &data, None).await.unwrap();
    // Into a folder with data nothing is restored.
    let full = rehearsal.restore(&file, &opener, &data, None).await.unwrap_err();
    assert_eq!(full.code(), "data_folder_unusable");
}

#[tokio::test]
async fn a_backup_is_whole_whatever_is_written_meanwhile() {
    let (rehearsal, opener, (folder, _, _)) = (Rehearsal::begin().await, Opener::new(), places());
    for round in 0..5 {
        let file = folder.path().join(format!("{round}.age"));
        let writing = async {
            for _ in 0..5 {
                let everybody = Scope::All;
                raise(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, everybody, None, "r")
                    .await
                    .unwrap();
            }
        };
        tokio::join!(rehearsal.back_up(&file, &opener, false), writing);
        let (admin, clock) = (&rehearsal.admin, rehearsal.clock.clone());
        drill(&rehearsal.keystile, admin, &file, opener.identity(), clock).await.unwrap();
    }
}

#[tokio::test]
async fn after_a_restore_nothing_is_deleted_for_a_month_and_holds_of_then_stand() {
    let (rehearsal, opener, (_folder, file, data)) = (Rehearsal::begin().await, Opener::new(), places());
    let (keystile, admin) = (&rehearsal.keystile, &rehearsal.admin);
    retention::set(keystile, admin, Some(400), "a test").await.unwrap();
    let order = HoldOrder { reason: "a lawsuit".to_owned(), ..HoldOrder::default() };
    legal_holds::set(keystile, admin, order).await.unwrap();
    rehearsal.clock.advance(31 * 86_400);
    assert_eq!(retention::get(keystile, admin).await.unwrap().days, Some(400));
    rehearsal.back_up(&file, &opener, true).await;
    rehearsal.restore(&file, &opener, &data, None).await.unwrap();
    let restored = Keystile::open(settings(&data), rehearsal.clock.clone()).await.unwrap();
    let view = retention::get(&restored, admin).await.unwrap();
    // A hold that was set since is not known there: somebody has a month to set it again.
    assert_eq!((view.days, view.next_days, view.holds.len()), (None, Some(400), 1));
}
