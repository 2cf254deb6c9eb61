//! Another master key takes the place of the one before, while servers run.

use std::fs;
use std::path::PathBuf;

use keystile_admin::domain::SecretText;
use keystile_admin::operations::environment::{PrivateKeyFormat, environment};
use keystile_admin::operations::master_key::rewrap;
use keystile_admin::operations::{Keystile, OperationError, audit_log, rotation};
use keystile_admin::settings::Settings;

use crate::rehearsal::{Rehearsal, settings};

impl Rehearsal {
    fn master_key_file(&self) -> PathBuf {
        self.folder.path().join("master.key")
    }

    fn master_key(&self) -> String {
        fs::read_to_string(self.master_key_file()).unwrap().trim().to_owned()
    }

    /// A server that is given these master keys by its environment.
    async fn given(&self, keys: &str) -> Keystile {
        let master_key = Some(SecretText::new(keys.to_owned()));
        let settings = Settings { master_key, ..settings(self.folder.path()) };
        Keystile::open(settings, self.clock.clone()).await.unwrap()
    }

    /// Whether a server can use the private key that signs.
    async fn signs(&self, keystile: &Keystile) -> Result<(), OperationError> {
        environment(keystile, &self.admin, &self.main, "PM", PrivateKeyFormat::Pkcs1).await.map(drop)
    }
}

#[tokio::test]
async fn servers_that_run_go_on_under_the_new_key_and_the_old_one_opens_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let running = rehearsal.second_process().await;
    rehearsal.signs(&running).await.unwrap();
    let old = rehearsal.master_key();
    let done = rewrap(&rehearsal.keystile, &rehearsal.admin).await.unwrap();
    let new = rehearsal.master_key();
    assert!(old != new && !new.contains('\n') && done.from != done.to);
    rehearsal.signs(&running).await.unwrap();
    // What it seals from now on is sealed with the new key too.
    rotation::start(&running, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
    for (key, opens) in [(&new, true), (&old, false)] {
        let keystile = rehearsal.given(key).await;
        assert_eq!(keystile.unsealed().await.is_ok(), opens);
        assert_eq!(rehearsal.signs(&keystile).await.is_ok(), opens);
    }
    let newest = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 10, None).await.unwrap();
    let entry = newest.iter().find(|entry| entry.action == "master_key.replaced").unwrap();
    assert_eq!(entry.before.as_ref().unwrap()["fingerprint"], done.from);
    assert_eq!(entry.after.as_ref().unwrap()["fingerprint"], done.to);
}

#[tokio::test]
async fn a_rewrapping_that_was_interrupted_is_made_again() {
    let rehearsal = Rehearsal::begin().await;
    let old = rehearsal.master_key();
    // The new key was written before the old one, and then the power failed.
    let interrupted = format!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n{old}\n");
    fs::write(rehearsal.master_key_file(), interrupted).unwrap();
    let keystile = rehearsal.second_process().await;
    rotation::start(&keystile, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
    rehearsal.signs(&rehearsal.given(&old).await).await.unwrap();
    rewrap(&keystile, &rehearsal.admin).await.unwrap();
    rehearsal.signs(&rehearsal.given(&rehearsal.master_key()).await).await.unwrap();
}

#[tokio::test]
async fn a_key_that_the_environment_gives_needs_its_successor_beside_it() {
    let rehearsal = Rehearsal::begin().await;
    let (old, new) = (rehearsal.master_key(), "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    fs::remove_file(rehearsal.master_key_file()).unwrap();
    let alone = rewrap(&rehearsal.given(&old).await, &rehearsal.admin).await.unwrap_err();
    assert_eq!(alone.code(), "master_key_unusable");
    let both = rehearsal.given(&format!("{new} {old}")).await;
    rewrap(&both, &rehearsal.admin).await.unwrap();
    rehearsal.signs(&both).await.unwrap();
    rehearsal.signs(&rehearsal.given(new).await).await.unwrap();
    assert!(!rehearsal.master_key_file().exists());
}

#[tokio::test]
async fn a_database_from_before_learns_which_key_seals_it_from_the_right_one_alone() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.tamper("DELETE FROM master_key").await.unwrap();
    let wrong = rehearsal.given("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").await;
    assert_eq!(wrong.unsealed().await.unwrap_err().code(), "master_key_unusable");
    let right = rehearsal.second_process().await;
    right.unsealed().await.unwrap();
    rehearsal.signs(&right).await.unwrap();
    assert!(wrong.unsealed().await.is_err());
}
