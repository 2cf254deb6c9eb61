//! `kill -9` at the steps of every operation: real processes, real SQLite, the real publisher.

use std::collections::BTreeSet;

use clap::ValueEnum;
use keystile_admin::audit::Action;
use keystile_admin::fault::FaultPoint;
use keystile_proof::crash::{Operation, Stage, Trials};

/// Killed on no stage. A restore works beside, and one renaming makes the data folder one that can be opened; a move needs another database, and has a test of its own. Older
/// versions of a key are removed at a secrets manager alone, where removing them once more is no error. Webhooks change
/// nothing about a key; an end-to-end test kills the server while their deliveries wait. Passkeys change nothing about a key either, and
/// take an authenticator: each of their changes is one transaction, as that of a user is, who has a stage.
const WITHOUT_A_STAGE: [Action; 11] = [
    Action::BackupRestored,
    Action::InstallationMoved,
    Action::OlderHandOverRemoved,
    Action::PasskeyRegistered,
    Action::PasskeyRemoved,
    Action::PasskeyRefused,
    Action::WebhookAdded,
    Action::WebhookRemoved,
    Action::WebhookSecretRotated,
    Action::WebhookTested,
    Action::WebhookDisabled,
];

/// What came of some of the stages.
#[derive(Default)]
struct Tally {
    kills: usize,
    points: BTreeSet<String>,
    actions: BTreeSet<String>,
}

/// Every second stage, from this one on: two processes at a time keep two processors busy.
async fn every_second_stage(first: usize) -> Tally {
    let trials = Trials::prepare(env!("CARGO_BIN_EXE_keystile-crash").into()).await.unwrap();
    let mut tally = Tally::default();
    for stage in Stage::ALL.iter().skip(first).step_by(2) {
        let trial = trials.run(stage, |_| true).await.unwrap();
        println!("{}: {} steps, killed at {}", stage.name, trial.points.len(), trial.kills);
        tally.kills += trial.kills;
        tally.points.extend(trial.points);
        tally.actions.extend(trial.actions);
    }
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_step_of_any_operation_leaves_the_old_state_or_the_new_one() {
    let (one, other) = tokio::join!(every_second_stage(0), every_second_stage(1));
    println!("{} operations, killed {} times", Stage::ALL.len(), one.kills + other.kills);
    let points: BTreeSet<_> = one.points.union(&other.points).cloned().collect();
    let all: BTreeSet<_> = FaultPoint::ALL.map(|point| point.as_str().to_owned()).into();
    assert_eq!(points, all, "every kind of step belongs to some operation");
    // Whatever changes something says so in the audit log, so that an operation without a stage shows here.
    let actions: BTreeSet<_> = one.actions.union(&other.actions).cloned().collect();
    let staged = Action::ALL.iter().filter(|action| !WITHOUT_A_STAGE.contains(action));
    let all: BTreeSet<_> = staged.map(|action| action.as_str().to_owned()).collect();
    assert_eq!(actions, all, "everything that can happen is done on some stage");
}

#[test]
fn every_operation_has_a_stage() {
    let staged: BTreeSet<_> = Stage::ALL.iter().map(|stage| stage.operation).collect();
    let all: BTreeSet<_> = Operation::value_variants().iter().copied().collect();
    assert_eq!(staged, all);
}
