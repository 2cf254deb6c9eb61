//! What was found out about the mutants of a half, so that a run that is cut short goes on where it ended.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// Lists of cargo-mutants whose entries need not be tested again. An entry begins with the file, a colon, and the line.
const SETTLED: [&str; 3] = ["caught.txt", "timeout.txt", "unviable.txt"];

/// What cargo-mutants takes for tested before. The other lists are empty in a folder that is handed on.
const HANDED_ON: &str = "previously_caught.txt";

/// The settled mutants of a half.
pub(super) struct Ledger {
    folder: PathBuf,
    /// In the order of [`SETTLED`].
    settled: [BTreeSet<String>; 3],
}

/// What cargo-mutants says of a run. Only one that is through has an end.
#[derive(Deserialize)]
struct Outcomes {
    end_time: Option<String>,
}

impl Ledger {
    /// Reads what is known, and what a run found out before it was cut short.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let settled = SETTLED.map(|list| entries(&folder.join(list)));
        let mut ledger = Self { folder: folder.to_owned(), settled };
        ledger.take_over()?;
        Ok(ledger)
    }

    /// The folder that cargo-mutants is to write its own into.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Forgets the mutants of some files.
    pub(super) fn forget(&mut self, is_stale: impl Fn(&str) -> bool) -> Result<()> {
        for list in &mut self.settled {
            list.retain(|entry| !entry.split(':').next().is_some_and(&is_stale));
        }
        self.save()
    }

    /// Tells cargo-mutants what is settled.
    pub(super) fn hand_on(&self) -> Result<()> {
        let theirs = self.theirs();
        if theirs.exists() {
            fs::remove_dir_all(&theirs)?;
        }
        fs::create_dir_all(&theirs)?;
        let all: Vec<_> = self.settled.iter().flatten().map(String::as_str).collect();
        fs::write(theirs.join(HANDED_ON), lines(all)).context("cannot write what was found out")
    }

    /// Takes over what cargo-mutants has found out, and returns what it missed, if it is through.
    pub(super) fn take_over(&mut self) -> Result<Option<Vec<String>>> {
        let theirs = self.theirs();
        for (list, name) in self.settled.iter_mut().zip(SETTLED) {
            list.extend(entries(&theirs.join(name)));
        }
        self.save()?;
        let Ok(outcomes) = fs::read_to_string(theirs.join("outcomes.json")) else { return Ok(None) };
        let Outcomes { end_time } =
            serde_json::from_str(&outcomes).context("cargo-mutants counts in another way")?;
        Ok(end_time.map(|_| entries(&theirs.join("missed.txt")).into_iter().collect()))
    }

    /// How many were noticed.
    pub(super) fn caught(&self) -> usize {
        let [caught, without_end, _] = &self.settled;
        caught.len() + without_end.len()
    }

    fn theirs(&self) -> PathBuf {
        self.folder.join("mutants.out")
    }

    fn save(&self) -> Result<()> {
        for (list, name) in self.settled.iter().zip(SETTLED) {
            fs::write(self.folder.join(name), lines(list)).context("cannot write what was found out")?;
        }
        Ok(())
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [caught, without_end, unviable] = self.settled.each_ref().map(BTreeSet::len);
        write!(f, "{caught} caught, {without_end} without end, {unviable} do not compile")
    }
}

fn entries(list: &Path) -> BTreeSet<String> {
    fs::read_to_string(list).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn lines<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> String {
    entries.into_iter().map(|entry| format!("{}\n", entry.as_ref())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_was_cut_short_is_not_lost_and_one_that_is_through_names_what_it_missed() {
        let folder = std::env::temp_dir().join(format!("keystile-ledger-{}", std::process::id()));
        let theirs = folder.join("mutants.out");
        fs::create_dir_all(&theirs).unwrap();
        fs::write(theirs.join("caught.txt"), "a.rs:1:2: x\n").unwrap();
        fs::write(theirs.join("timeout.txt"), "b.rs:1:2: x\n").unwrap();
        fs::write(theirs.join("outcomes.json"), r#"{"end_time":null}"#).unwrap();
        let mut ledger = Ledger::open(&folder).unwrap();
        assert_eq!(ledger.caught(), 2);

        ledger.hand_on().unwrap();
        assert_eq!(fs::read_to_string(theirs.join(HANDED_ON)).unwrap(), "a.rs:1:2: x\nb.rs:1:2: x\n");
        assert_eq!(ledger.take_over().unwrap(), None);
        fs::write(theirs.join("missed.txt"), "c.rs:3:4: y\n").unwrap();
        fs::write(theirs.join("outcomes.json"), r#"{"end_time":"now"}"#).unwrap();
        assert_eq!(ledger.take_over().unwrap(), Some(vec!["c.rs:3:4: y".to_owned()]));

        ledger.forget(|file| file == "a.rs").unwrap();
        assert_eq!(Ledger::open(&folder).unwrap().caught(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
