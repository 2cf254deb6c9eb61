//! The tables of a run, in Markdown: the same on the terminal and in the documentation.

use std::fmt::Write;

use super::document::{Document, Kind, Measured, REFERENCE, Row};

pub(super) const ABSENT: &str = "–";

/// Everything, as the command prints it.
pub(super) fn all(document: &Document) -> String {
    let measured = &document.measured;
    let mut text = format!("{}\n", machine(document));
    let sections = [
        ("Whole tokens", Kind::Token),
        ("Signatures alone", Kind::Signature),
        ("Refusals", Kind::Refusal),
        ("Once a key", Kind::SetUp),
    ];
    for (title, kind) in sections {
        let _ = write!(text, "\n{title}\n{}", by_size(measured, kind));
    }
    let _ = write!(text, "\nStart-up\n\n{}", start_up(measured));
    let _ = write!(text, "\nopenssl speed\n\n{}", openssl(document));
    let _ = write!(text, "\nSizes\n\n{}", sizes(document));
    let _ = write!(text, "\nNot measured\n\n{}", absent(measured));
    let _ = write!(text, "\nTargets\n\n{}", targets(document));
    text
}

/// What the figures depend on, in a sentence.
pub(super) fn machine(document: &Document) -> String {
    let machine = &document.machine;
    let versions: Vec<_> = document.measured.runtimes.iter().map(|it| it.version.as_str()).collect();
    format!(
        "{}, {} cores, {}, on {}, {} rounds; {}.",
        machine.cpu,
        machine.cores,
        machine.system,
        machine.date,
        document.rounds,
        versions.join(", ")
    )
}

/// A table for each key size: contestants down, runtimes across.
pub(super) fn by_size(measured: &Measured, kind: Kind) -> String {
    let mut text = String::new();
    for bits in [2048, 3072, 4096] {
        let _ = write!(text, "\nRSA-{bits}\n\n{}", by_runtime(measured, kind, bits));
    }
    text
}

/// Microseconds, and in brackets the ratio to `node:crypto.verify` in the process of the referee.
pub(super) fn by_runtime(measured: &Measured, kind: Kind, bits: u32) -> String {
    let races = || measured.runtimes.iter().filter_map(|it| Some((it, it.races.get(&bits)?)));
    let mut names: Vec<&str> = Vec::new();
    for row in races().flat_map(|(_, rows)| rows).filter(|row| row.kind == kind && row.name != REFERENCE) {
        if !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let with_any =
        || races().filter(|(_, rows)| rows.iter().any(|it| it.kind == kind && it.name != REFERENCE));
    let header = std::iter::once("us (ratio)".to_owned()).chain(with_any().map(|(it, _)| it.name.clone()));
    let mut lines = vec![header.collect()];
    for name in names {
        let cells = with_any().map(|(runtime, _)| runtime.row(bits, name).map_or(ABSENT.into(), cell));
        lines.push(std::iter::once(name.to_owned()).chain(cells).collect());
    }
    markdown(&lines)
}

fn cell(row: &Row) -> String {
    let ratio = row.against.get(REFERENCE).map(|ratio| format!(" ({})", short(*ratio)));
    short(row.us) + &ratio.unwrap_or_default()
}

/// The first hundred tokens of a process, in microseconds.
pub(super) fn start_up(measured: &Measured) -> String {
    let Some(first) = measured.start_up.first() else { return "Not measured.\n".into() };
    let header = std::iter::once("us".to_owned()).chain(first.rows.iter().map(|row| row.name.clone()));
    let mut lines: Vec<Vec<String>> = vec![header.collect()];
    for phase in &measured.start_up {
        let cells = phase.rows.iter().map(|row| short(row.us));
        lines.push(std::iter::once(said(&phase.phase)).chain(cells).collect());
    }
    markdown(&lines)
}

fn said(phase: &str) -> String {
    match phase {
        "import_us" => "import",
        "first_token_us" => "then the first token, with its key",
        "first_100_us_each" => "each of the first 100 tokens, import apart",
        "all_us" => "import and 100 tokens together",
        other => other,
    }
    .to_owned()
}

pub(super) fn openssl(document: &Document) -> String {
    match &document.openssl {
        Err(reason) => format!("Not measured: {reason}.\n"),
        Ok(said) => {
            let mut lines = vec![vec!["us, without the hash".to_owned(), said.version.clone()]];
            let rows = said.verify_us.iter().map(|(bits, us)| vec![format!("RSA-{bits}"), short(*us)]);
            lines.extend(rows);
            markdown(&lines)
        }
    }
}

pub(super) fn sizes(document: &Document) -> String {
    let mut lines = vec![["bytes", "raw", "with gzip"].map(String::from).to_vec()];
    let rows = document.sizes.iter();
    lines.extend(rows.map(|it| vec![it.name.clone(), it.bytes.to_string(), it.gzip.to_string()]));
    markdown(&lines)
}

pub(super) fn targets(document: &Document) -> String {
    let mut lines = vec![["target", "at most", "measured", ""].map(String::from).to_vec()];
    for verdict in &document.targets {
        let measured = verdict.ratio.map_or(ABSENT.into(), |ratio| format!("{ratio:.3}"));
        lines.push(vec![
            verdict.what.clone(),
            format!("{:.2}", verdict.bound),
            measured,
            verdict.word().into(),
        ]);
    }
    markdown(&lines)
}

/// Who is missing where, and why. That a peer does not exist in a runtime goes without saying.
pub(super) fn absent(measured: &Measured) -> String {
    let mut text = String::new();
    for skipped in &measured.skipped {
        let _ = writeln!(text, "- {}: {}", skipped.name, skipped.reason);
    }
    for runtime in &measured.runtimes {
        for (name, reason) in runtime.absent.iter().filter(|(_, reason)| *reason != "not in this runtime") {
            let _ = writeln!(text, "- {name} in {}: {reason}", runtime.name);
        }
    }
    if text.is_empty() { "- nothing\n".into() } else { text }
}

/// Three digits, or all that stand before the point.
pub(super) fn short(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

/// Columns as wide as their widest cell; the first to the left, the others to the right.
pub(super) fn markdown(lines: &[Vec<String>]) -> String {
    let columns = lines.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(2)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        for (column, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            let _ = if column == 0 {
                write!(text, "| {cell:<width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
        }
        text.push_str("|\n");
        if number == 0 {
            let rule = |(column, width): (usize, &usize)| {
                if column == 0 {
                    format!("|{}", "-".repeat(width + 2))
                } else {
                    format!("|{}:", "-".repeat(width + 1))
                }
            };
            text.extend(widths.iter().enumerate().map(rule));
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let lines = [vec!["us".into(), "node-22".into()], vec!["keystile".into(), "20.8".into()]];
        assert_eq!(
            markdown(&lines),
            "| us       | node-22 |\n|----------|--------:|\n| keystile |    20.8 |\n"
        );
    }

    #[test]
    fn a_figure_has_three_digits() {
        assert_eq!([0.123, 9.996, 47.94, 108.3].map(short), ["0.12", "10.00", "47.9", "108"]);
    }
}
