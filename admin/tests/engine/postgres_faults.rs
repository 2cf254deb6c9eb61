//! What is done to PostgreSQL while servers are at work. Whoever runs these starts it again when it is gone.

use std::process::Command;
use std::time::Duration;

use keystile_admin::domain::{Clock, Policy, SystemClock};
use keystile_admin::operations::{Keystile, OperationError, audit_log, key_set, keys, status};

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, until};
use crate::single_writer::Server;

/// The file whose first line is the process of the PostgreSQL that may be killed.
const PROCESS: &str = "KEYSTILE_TEST_POSTGRES_PROCESS";
const CRASHES: usize = 3;

/// Ends PostgreSQL in the middle of whatever it does.
fn crash() {
    let file = std::env::var(PROCESS).expect(PROCESS);
    let said = std::fs::read_to_string(file).unwrap();
    let id = said.lines().next().unwrap();
    assert!(Command::new("kill").args(["-s", "QUIT", id]).status().unwrap().success());
}

async fn is_unreachable(keystile: &Keystile) -> bool {
    matches!(status::ready(keystile).await, Err(OperationError::DatabaseUnreachable { .. }))
}

#[tokio::test]
#[ignore = "ends PostgreSQL, which `cargo xtask test stores` starts again"]
async fn what_was_answered_outlives_a_crash_of_postgresql_and_two_servers_go_on_by_themselves() {
    let fake = FakeKv::start(Shelf::default()).await;
    let kv = Some(fake.settings());
    let rehearsal = Rehearsal::begin_at(SystemClock.now(), kv, Policy::default(), None).await;
    rehearsal.settle().await;
    let _servers = [Server::start(&rehearsal, &fake), Server::start(&rehearsal, &fake)];
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let (mut made, mut lost) = (Vec::new(), 0);
    let load = async {
        while made.len() < 40 || lost == 0 {
            rehearsal.clock.set(SystemClock.now());
            match keys::create(keystile, admin, main, keys::NewKey::Generate { size: None }, None).await {
                Ok(key) => made.push(key.kid),
                Err(_) => {
                    lost += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    };
    let faults = async {
        for _ in 0..CRASHES {
            tokio::time::sleep(Duration::from_secs(2)).await;
            crash();
            until(async || is_unreachable(keystile).await, "the fault to be seen").await;
            until(async || status::ready(keystile).await.is_ok(), "the server to go on").await;
        }
    };
    tokio::join!(load, faults);

    let known = keys::list(keystile, admin, main).await.unwrap();
    for kid in &made {
        assert!(known.iter().any(|key| key.kid == *kid), "{kid} was answered and is gone");
    }
    let version = key_set::current(keystile, main).await.unwrap().version;
    assert_eq!(known.len() as u64, version, "each version but the first brought one key");
    assert!(audit_log::verify(keystile, admin).await.unwrap().ok);
    until(async || !rehearsal.status().await.push.pending, "the servers to push the newest set").await;
    assert_eq!(fake.value(), Some(rehearsal.newest().await));
    assert!(fake.history().is_sorted(), "published backwards: {:?}", fake.history());
    println!("{} keys, {lost} refused meanwhile, {CRASHES} crashes", made.len());
}
