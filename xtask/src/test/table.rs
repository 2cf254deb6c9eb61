use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;

use super::Outcome;

/// One check that ran, or could not.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) took: Duration,
    pub(super) outcome: Result<Outcome>,
}

/// What ran, how long, and what was skipped and why.
#[derive(Debug, Default)]
pub(super) struct Table(Vec<Row>);

impl Table {
    pub(super) fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    pub(super) fn nothing_failed(&self) -> bool {
        self.0.iter().all(|row| row.outcome.is_ok())
    }

    /// Prints the table, and last a line with the totals, on standard output. All of it `took` less than the sum, where
    /// checks ran beside others.
    pub(super) fn print(&self, took: Duration) -> Result<()> {
        let mut output = io::stdout().lock();
        output.write_all(self.text(took).as_bytes())?;
        Ok(output.flush()?)
    }

    fn text(&self, took: Duration) -> String {
        let width = self.0.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let rows: String = self.0.iter().map(|row| row.text(width)).collect();
        let count = |wanted: &str| self.0.iter().filter(|row| row.verdict() == wanted).count();
        let (passed, failed, skipped) = (count("passed"), count("FAILED"), count("SKIPPED"));
        format!("\n{rows}\nin {}\n\n{passed} passed, {failed} failed, {skipped} skipped\n", minutes(took))
    }
}

impl Row {
    fn verdict(&self) -> &'static str {
        match self.outcome {
            Ok(Outcome::Passed(_)) => "passed",
            Ok(Outcome::Skipped(_)) => "SKIPPED",
            Err(_) => "FAILED",
        }
    }

    fn text(&self, width: usize) -> String {
        let note = match &self.outcome {
            Ok(Outcome::Passed(None)) => String::new(),
            Ok(Outcome::Passed(Some(cases))) if cases.ignored > 0 => {
                format!("{} cases, {} left out by the test program", cases.passed, cases.ignored)
            }
            Ok(Outcome::Passed(Some(cases))) => format!("{} cases", cases.passed),
            Ok(Outcome::Skipped(reason)) => reason.clone(),
            Err(error) => format!("{error:#}"),
        };
        let note = note.lines().next().unwrap_or_default();
        let line = format!("{:width$}  {:7}  {:>8}  {note}", self.name, self.verdict(), minutes(self.took));
        format!("{}\n", line.trim_end())
    }
}

/// Why a check was skipped, by the table that another process has printed of it.
pub(super) fn reason_of_skip(text: &str) -> Option<&str> {
    let row = text.lines().find_map(|line| line.split_once("  SKIPPED  "))?.1;
    Some(row.split_once(" min  ").map_or("no reason is given", |(_, reason)| reason))
}

fn minutes(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02} min", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::super::cases::Cases;
    use super::*;

    fn row(name: &'static str, outcome: Result<Outcome>) -> Row {
        Row { name, took: Duration::from_secs(61), outcome }
    }

    #[test]
    fn nothing_is_skipped_or_failed_silently_and_the_totals_come_last() {
        let mut table = Table::default();
        let cases = Cases { passed: 7, failed: 0, ignored: 2 };
        table.add(row("unit tests", Ok(Outcome::Passed(Some(cases)))));
        table.add(row("advisories", Ok(Outcome::Skipped("no network".into()))));
        table.add(row("clippy", Err(anyhow::anyhow!("`cargo clippy` ended with 1"))));
        let text = table.text(Duration::from_secs(183));
        assert!(text.contains("7 cases, 2 left out"), "{text}");
        assert!(text.contains("SKIPPED  1:01 min  no network"), "{text}");
        assert!(text.contains("`cargo clippy` ended with 1"), "{text}");
        assert!(text.ends_with("\nin 3:03 min\n\n1 passed, 1 failed, 1 skipped\n"), "{text}");
        assert!(!table.nothing_failed());
        assert_eq!(reason_of_skip(&text), Some("no network"));
        assert_eq!(reason_of_skip("advisories  passed   1:01 min  7 cases"), None);
    }
}
