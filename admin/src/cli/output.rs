//! Answers on standard output: for people, or with `--json` for programs.

use std::io::{self, Write};

use serde::Serialize;

use super::failure::Failure;

/// How answers are given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// The answer of a command: `value` for programs, `words` for people.
    pub(super) fn answer(
        self,
        value: &impl Serialize,
        words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            print(&serde_json::to_string(value).map_err(io::Error::from)?)
        } else {
            print(&words())
        }
    }

    /// A word in between, which programs do not need.
    pub(super) fn progress(self, words: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { print(words) }
    }
}

/// Prints one text and a line break, and hands it on at once: a waiting reader sees it when it is said.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    Ok(out.flush()?)
}

/// Rows below their heads, each column as wide as its widest cell. The last column is not padded.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]]) -> String {
    let widths = std::array::from_fn(|column| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(heads.get(column).map(|head| head.chars().count())).max().unwrap_or(0)
    });
    let heads = heads.map(str::to_uppercase);
    let lines: Vec<_> = std::iter::once(&heads).chain(rows).map(|row| line(row, &widths)).collect();
    lines.join("\n")
}

fn line<const N: usize>(row: &[String; N], widths: &[usize; N]) -> String {
    let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    cells.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a".to_owned(), "x".to_owned()], ["long".to_owned(), "ü".to_owned()]];
        assert_eq!(table(["kid", "state"], &rows), "KID   STATE\na     x\nlong  ü");
    }
}
