//! Several processes on one database, and processes that die.

use std::process::{Command, Stdio};
use std::time::Duration;

use keystile_admin::domain::SystemClock;
use keystile_admin::operations::{Keystile, OperationError, audit_log, key_set, keys, rotation};

use crate::database;
use crate::rehearsal::{Rehearsal, settings, until};

#[tokio::test]
async fn two_processes_never_give_one_version_to_two_sets() {
    let rehearsal = Rehearsal::begin().await;
    let second = rehearsal.second_process().await;
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let create = async |keystile: &Keystile| {
        for _ in 0..5 {
            keys::create(keystile, admin, main, keys::NewKey::Generate { size: None }, None).await.unwrap();
        }
    };
    tokio::join!(create(&rehearsal.keystile), create(&second));
    assert_eq!(rehearsal.version().await, 11);
    assert_eq!(rehearsal.published().await.len(), 11);
    assert!(audit_log::verify(&second, admin).await.unwrap().ok);
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_refused() {
    let rehearsal = Rehearsal::begin().await;
    let second = rehearsal.second_process().await;
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let start = async |keystile: &Keystile| rotation::start(keystile, admin, main, None, None).await;
    let outcomes = tokio::join!(start(&rehearsal.keystile), start(&second));
    let refusals = [outcomes.0.err(), outcomes.1.err()];
    let refused =
        |error: &Option<OperationError>| matches!(error, Some(OperationError::RotationInProgress { .. }));
    assert_eq!(refusals.iter().filter(|error| refused(error)).count(), 1);
    assert_eq!(refusals.iter().filter(|error| error.is_none()).count(), 1);
    assert_eq!(rehearsal.keys().await.len(), 2);
}

/// The command line works on the same folder; killed at any instant, it leaves the old state or the new one.
#[tokio::test]
async fn a_process_killed_at_any_instant_leaves_the_old_state_or_the_new_one() {
    let rehearsal = Rehearsal::begin().await;
    let settings = settings(rehearsal.folder.path());
    let keystile = Keystile::open(settings, std::sync::Arc::new(SystemClock)).await.unwrap();
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let mut versions = vec![1];
    for pause in (0..40_u64).map(|step| Duration::from_millis(step * 5)) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_keystile"))
            .args(["keys", "create", "--data"])
            .arg(rehearsal.folder.path())
            .envs(database::variable(rehearsal.folder.path()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(pause).await;
        child.kill().unwrap();
        child.wait().unwrap();

        // PostgreSQL may still be doing what the process had sent before it died.
        let entries = async || audit_log::verify(&keystile, admin).await.unwrap().entries;
        let version = async || key_set::current(&keystile, main).await.unwrap().version;
        until(async || entries().await == 3 + version().await, "one state").await;
        let version = version().await;
        let known = keys::list(&keystile, admin, main).await.unwrap();
        assert_eq!(known.len() as u64, version, "each version but the first brought one key");
        assert!(known.iter().all(|key| key.has_private_key));
        // Four entries came with the first start, and one with each key.
        let chain = audit_log::verify(&keystile, admin).await.unwrap();
        assert_eq!((chain.ok, chain.entries), (true, 3 + version));
        versions.push(version);
    }
    assert!(versions.windows(2).all(|pair| pair[1] == pair[0] || pair[1] == pair[0] + 1), "{versions:?}");
}
