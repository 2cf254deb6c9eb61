//! A check in a process of its own, beside the checks after it. It stands back from them: most of them wait, and those that
//! have a deadline get the processor when they want it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Outcome;
use super::cases::Cases;
use super::checks::Check;
use super::table::{Row, reason_of_skip};
use crate::place::Place;
use crate::process::Service;
use crate::progress::{Stopwatch, say};

/// Which checks do so: the longest ones, three that wait for a minute each until a change is everywhere, and one that waits for
/// keepers of a master key to be asked again.
pub(super) const BESIDE: [&str; 6] = [
    "secrets",
    "proof of rotation",
    "end-to-end: console",
    "end-to-end: root",
    "end-to-end: adoption",
    "end-to-end: gate",
];

/// How far it stands back, as `nice` counts.
const NICENESS: &str = "10";

/// A check that runs.
#[derive(Debug)]
pub(super) struct Beside {
    name: &'static str,
    since: Stopwatch,
    service: Service,
    log: PathBuf,
}

impl Beside {
    /// Starts it, once what it needs is prepared; what it says goes to a file until it has ended.
    pub(super) fn start(place: &Place, check: &Check) -> Result<Self> {
        let log = place.target().join("beside").join(format!("{}.log", check.name));
        if log.exists() {
            fs::remove_file(&log).with_context(|| format!("cannot remove `{}`", log.display()))?;
        }
        let mut command: Command = place.command("nice");
        command.args(["-n", NICENESS]).arg(std::env::current_exe()?).args(["test", "--prepared", check.name]);
        let service = Service::start(check.name, &mut command, &log)?;
        say(&format!("{} runs beside what follows, and says so into `{}`", check.name, log.display()));
        Ok(Self { name: check.name, since: Stopwatch::start(), service, log })
    }

    /// Waits for its end, and says what it said.
    pub(super) fn finish(self) -> Row {
        say(&format!("\n=== {}, which ran beside", self.name));
        let Self { name, since, service, log } = self;
        let outcome = service.wait().and_then(|status| {
            let said = fs::read_to_string(&log)?;
            let mut cases = Cases::default();
            said.lines().for_each(|line| {
                cases.count(line);
                say(line);
            });
            if !status.success() {
                bail!("{} of {} cases failed: {status}", cases.failed, cases.passed + cases.failed);
            }
            Ok(reason_of_skip(&said)
                .map_or(Outcome::Passed(Some(cases)), |reason| Outcome::Skipped(reason.to_owned())))
        });
        Row { name, took: since.elapsed(), outcome }
    }
}
