//! What the doctor finds, and that looking changes nothing.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use keystile_admin::domain::{ManualClock, Timestamp};
use keystile_admin::operations::doctor::{Finding, Verdict, examine};
use keystile_admin::settings::Settings;

use crate::rehearsal::{Rehearsal, START};

async fn look(data: &Path, now: Timestamp) -> Vec<Finding> {
    let settings = Settings::at(data.to_owned());
    let user = fs::metadata(data).map_or(0, |metadata| metadata.uid());
    examine(settings, Arc::new(ManualClock::at(now)), user).await
}

fn of<'f>(findings: &'f [Finding], check: &str) -> &'f Finding {
    let found = findings.iter().find(|finding| finding.check == check);
    found.unwrap_or_else(|| panic!("nothing about {check}: {findings:?}"))
}

fn contents(data: &Path) -> io::Result<Vec<u8>> {
    fs::read(data.join("keystile.db"))
}

#[tokio::test]
async fn a_folder_as_it_should_be_has_no_problem_and_is_not_changed() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let data = rehearsal.keystile.data().to_owned();
    rehearsal.keystile.close().await;
    let before = contents(&data).unwrap();
    let findings = look(&data, START).await;
    assert!(findings.iter().all(|finding| finding.verdict < Verdict::Problem), "{findings:?}");
    for check in ["data folder", "database", "master key", "key set"] {
        assert_eq!(of(&findings, check).verdict, Verdict::Fine, "{check}");
    }
    assert!(contents(&data).unwrap() == before, "the doctor wrote into the database");
}

#[tokio::test]
async fn each_fault_is_found_beside_a_server_that_runs_and_has_a_remedy() {
    let rehearsal = Rehearsal::begin().await;
    let data = rehearsal.keystile.data().to_owned();
    let ended = look(&data, START.plus(365 * 24 * 3600)).await;
    assert!(of(&ended, "key set").found.contains("has ended"));
    let early = look(&data, Timestamp::from_secs(START.as_secs() - 60)).await;
    assert_eq!(of(&early, "key set").verdict, Verdict::Problem);

    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(data.join("master.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let open = look(&data, START).await;
    assert!(of(&open, "data folder").remedy.as_ref().unwrap().contains("chmod 700"));
    assert!(of(&open, "master key").found.contains("chmod 600"));
    fs::remove_file(data.join("master.key")).unwrap();
    assert!(of(&look(&data, START).await, "master key").found.contains("missing"));
    let all = [ended, early, open].concat();
    assert!(all.iter().all(|finding| (finding.verdict == Verdict::Fine) == finding.remedy.is_none()));
}

#[tokio::test]
async fn a_database_that_is_damaged_or_missing_is_a_problem() {
    let rehearsal = Rehearsal::begin().await;
    let data = rehearsal.keystile.data().to_owned();
    rehearsal.keystile.close().await;
    let mut bytes = contents(&data).unwrap();
    bytes.iter_mut().skip(4096).take(20_000).for_each(|byte| *byte = 0x5a);
    fs::write(data.join("keystile.db"), bytes).unwrap();
    assert_eq!(of(&look(&data, START).await, "database").verdict, Verdict::Problem);
    let nowhere = data.join("nowhere");
    let findings = look(&nowhere, START).await;
    assert_eq!(of(&findings, "data folder").verdict, Verdict::Problem);
    assert_eq!(of(&findings, "database").verdict, Verdict::Problem);
    assert!(!nowhere.exists());
}
