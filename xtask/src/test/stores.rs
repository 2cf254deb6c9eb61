//! What was tested on SQLite once more on PostgreSQL: the contract of the store, and what of the engine rests on it most. And
//! what is done to PostgreSQL itself.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::checks::count_cases;
use super::{Outcome, programs};
use crate::place::Place;
use crate::postgres::{self, Durability, Postgres};
use crate::progress::say;

/// The modules of the engine's tests that are run, or those of their cases that tamper with no file of SQLite.
const CASES: [&str; 8] = [
    "backup::",
    "migration::",
    "retention::a_hold",
    "retention::a_pack",
    "retention::what_is_old",
    "several_processes::",
    "single_writer::",
    "store_contract::",
];

/// Whoever watches over a server takes a moment to start it again.
const STARTED_AGAIN_AFTER: Duration = Duration::from_secs(3);

pub(super) fn on_postgres(place: &Place) -> Result<Outcome> {
    if let Some(reason) = postgres::install(place)? {
        return Ok(Outcome::Skipped(reason));
    }
    // The path of a socket may have a hundred characters.
    let folder = std::env::temp_dir().join(format!("keystile-stores-{}", std::process::id()));
    fs::create_dir_all(folder.join("lasting"))?;
    let tested =
        cases(place, &folder).and_then(|cases| Ok(cases.and(faults(place, &folder.join("lasting"))?)));
    fs::remove_dir_all(&folder)?;
    tested
}

fn cases(place: &Place, folder: &Path) -> Result<Outcome> {
    let server = Postgres::start(place, folder, Durability::None)?;
    let mut tests = programs::program(place, "engine")?;
    tests.arg("--include-ignored").args(CASES);
    count_cases(tests.env("KEYSTILE_TEST_POSTGRES", server.url()))
}

/// A server that tests may end: it is started again.
fn faults(place: &Place, folder: &Path) -> Result<Outcome> {
    let mut server = Postgres::start(place, folder, Durability::Full)?;
    let mut tests = programs::program(place, "engine")?;
    tests.args(["--include-ignored", "--nocapture", "postgres_faults::"]);
    tests.env("KEYSTILE_TEST_POSTGRES", server.url());
    tests.env("KEYSTILE_TEST_POSTGRES_PROCESS", server.process_file());
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                thread::sleep(STARTED_AGAIN_AFTER);
                if let Err(error) = server.go_on_where_it_ended() {
                    say(&format!("{error:#}"));
                }
            }
        });
        let tested = count_cases(&mut tests);
        is_over.store(true, Ordering::SeqCst);
        tested
    })
}
