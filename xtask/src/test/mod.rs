//! `cargo xtask test`: every check, what each took, and what was skipped and why.

mod beside;
mod cases;
mod checks;
mod console;
mod described_api;
mod monitoring;
mod needs;
mod programs;
mod secrets;
mod stores;
mod table;
mod unit_tests;

use std::io::{self, Write};

use anyhow::{Result, bail};

use crate::place::Place;
use crate::process::stop_requested;
use crate::progress::{Stopwatch, say};
use beside::{BESIDE, Beside};
use checks::{ALL, Check, QUICK};
use needs::Prepared;
use table::{Row, Table};

/// Which checks to run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Run only the checks whose names contain one of these words, and what they need.
    words: Vec<String>,
    /// List the checks and run none.
    #[arg(long)]
    list: bool,
    /// Run the check of just this name, and prepare nothing: what it needs is there.
    #[arg(long, hide = true)]
    prepared: bool,
}

/// How a check ended, if it did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    /// It held; with the number of cases that ran, where it has cases.
    Passed(Option<cases::Cases>),
    /// It could not run here, for this reason.
    Skipped(String),
}

impl Outcome {
    /// Both of them, one after the other.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Passed(Some(one)), Self::Passed(Some(other))) => Self::Passed(Some(one.and(other))),
            (Self::Skipped(reason), _) | (_, Self::Skipped(reason)) => Self::Skipped(reason),
            (Self::Passed(one), Self::Passed(other)) => Self::Passed(one.or(other)),
        }
    }
}

/// Runs every check. Says whether none failed.
pub fn run_all(place: &Place, options: &Options) -> Result<bool> {
    let named = |check: &Check, word: &str| {
        if options.prepared { check.name == word } else { check.name.contains(word) }
    };
    let wanted =
        |check: &&Check| options.words.is_empty() || options.words.iter().any(|word| named(check, word));
    let checks: Vec<&Check> = ALL.iter().filter(wanted).collect();
    if checks.is_empty() {
        bail!("no check has such a name: `cargo xtask test --list` lists them");
    }
    if options.list {
        let names: String = checks.iter().map(|check| format!("{}\n", check.name)).collect();
        io::stdout().write_all(names.as_bytes())?;
        return Ok(true);
    }
    run(place, &checks, options.prepared)
}

/// Runs what takes seconds once it is warm.
pub fn run_quick(place: &Place) -> Result<bool> {
    run(place, &ALL.iter().filter(|check| QUICK.contains(&check.name)).collect::<Vec<_>>(), false)
}

fn run(place: &Place, checks: &[&Check], is_prepared: bool) -> Result<bool> {
    let mut table = Table::default();
    let mut prepared = Prepared::default();
    let (all, mut beside) = (Stopwatch::start(), Vec::new());
    for (index, check) in checks.iter().enumerate() {
        say(&format!("\n=== {}/{} {}", index + 1, checks.len(), check.name));
        let since = Stopwatch::start();
        let ready = if is_prepared { Ok(()) } else { prepared.prepare(place, check.needs) };
        let others_follow = index + 1 < checks.len();
        if BESIDE.contains(&check.name) && others_follow && ready.is_ok() {
            beside.push(Beside::start(place, check)?);
            continue;
        }
        let outcome = ready.and_then(|()| (check.run)(place));
        if stop_requested() {
            bail!("stopped");
        }
        if let Err(error) = &outcome {
            say(&format!("failed: {error:#}"));
        }
        table.add(Row { name: check.name, took: since.elapsed(), outcome });
    }
    for check in beside {
        table.add(check.finish());
    }
    table.print(all.elapsed())?;
    Ok(table.nothing_failed())
}
