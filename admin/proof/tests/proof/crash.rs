//! `kill -9` at the steps of every operation: real processes, real SQLite, the real publisher.

use std::collections::BTreeSet;

use keystile_admin::fault::FaultPoint;
use keystile_proof::crash::{Stage, Trials};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_killed_at_any_step_of_any_operation_leaves_the_old_state_or_the_new_one() {
    let trials = Trials::prepare(env!("CARGO_BIN_EXE_keystile-crash").into()).await.unwrap();
    let mut seen = BTreeSet::new();
    let mut kills = 0;
    for stage in &Stage::ALL {
        let trial = trials.run(stage, |_| true).await.unwrap();
        println!("{}: {} steps, killed at {}", stage.name, trial.points.len(), trial.kills);
        seen.extend(trial.points);
        kills += trial.kills;
    }
    println!("{} operations, killed {kills} times", Stage::ALL.len());
    let all: BTreeSet<_> = FaultPoint::ALL.map(|point| point.as_str().to_owned()).into();
    assert_eq!(seen, all, "every kind of step belongs to some operation");
}
