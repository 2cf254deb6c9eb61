//! `docs/performance.md`, made from its template: the words are written by hand, the figures are those of a run.

use std::fs;

use anyhow::{Context, Result, bail};

use super::document::{Document, Kind};
use super::table;
use crate::place::Place;

const TEMPLATE: &str = include_str!("performance.md");

pub(super) fn write(place: &Place, document: &Document) -> Result<()> {
    let page = filled(TEMPLATE, document)?;
    fs::write(place.root().join("docs/performance.md"), page).context("cannot write docs/performance.md")
}

/// Puts what it asks for in the place of each `{{…}}`.
fn filled(template: &str, document: &Document) -> Result<String> {
    let mut parts = template.split("{{");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (wish, rest) = part.split_once("}}").context("the template leaves a `{{` open")?;
        page.push_str(figure(wish, document)?.trim_end());
        page.push_str(rest);
    }
    Ok(page)
}

/// `us RUNTIME BITS NAME`, `ratio RUNTIME BITS NAME / NAME`, `start PHASE NAME`, `gzip NAME`, or the name of a table.
fn figure(wish: &str, document: &Document) -> Result<String> {
    let measured = &document.measured;
    let (what, about) = wish.split_once(' ').unwrap_or((wish, ""));
    let found = match what {
        "machine" => return Ok(table::machine(document)),
        "tokens" => return Ok(table::by_size(measured, Kind::Token)),
        "signatures" => return Ok(table::by_size(measured, Kind::Signature)),
        "set-ups" => return Ok(table::by_size(measured, Kind::SetUp)),
        "refusals" => return Ok(table::by_runtime(measured, Kind::Refusal, 2048)),
        "start-up" => return Ok(table::start_up(measured)),
        "openssl" => return Ok(table::openssl(document)),
        "sizes" => return Ok(table::sizes(document)),
        "absent" => return Ok(table::absent(measured)),
        "targets" => return Ok(table::targets(document)),
        "us" => row(about, document)?.map(|(row, _)| table::short(row.us)),
        "ratio" => {
            row(about, document)?.and_then(|(row, other)| Some(table::short(*row.against.get(other)?)))
        }
        "start" => {
            let (phase, name) = about.split_once(' ').context("a phase and a name are wanted")?;
            measured.phase(phase).and_then(|phase| Some(table::short(phase.row(name)?.us)))
        }
        "gzip" => {
            document.sizes.iter().find(|it| it.name == about).map(|it| format!("{} KB", it.gzip / 1000))
        }
        _ => bail!("the template asks for `{wish}`, which nobody knows"),
    };
    Ok(found.unwrap_or_else(|| "(not measured)".into()))
}

fn row<'a>(about: &'a str, document: &'a Document) -> Result<Option<(&'a super::document::Row, &'a str)>> {
    let mut words = about.splitn(3, ' ');
    let (Some(runtime), Some(bits), Some(names)) = (words.next(), words.next(), words.next()) else {
        bail!("the template asks for `{about}`; a runtime, a key size and a name are wanted");
    };
    let (name, other) = names.split_once(" / ").unwrap_or((names, ""));
    let row = document.measured.runtime(runtime).map(|it| (it, bits.parse()));
    Ok(match row {
        Some((runtime, bits)) => runtime.row(bits?, name).map(|row| (row, other)),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::document::{Machine, Measured, Row, Runtime};
    use super::*;

    fn document() -> Document {
        let row = Row {
            kind: Kind::Token,
            name: "keystile".into(),
            us: 20.84,
            against: [("jose".into(), 0.2)].into(),
        };
        let node = Runtime {
            name: "node-22".into(),
            version: "Node 22".into(),
            engine: None,
            absent: [].into(),
            races: [(2048, vec![row])].into(),
        };
        let machine = Machine { cpu: "c".into(), cores: 2, system: "s".into(), date: "d".into() };
        let measured = Measured { runtimes: vec![node], skipped: Vec::new(), start_up: Vec::new() };
        Document::new(machine, 1, measured, Err("no openssl".into()), Vec::new())
    }

    #[test]
    fn a_figure_stands_where_the_template_asks_for_it() {
        let text = "{{us node-22 2048 keystile}} us, {{ratio node-22 2048 keystile / jose}} of jose's";
        assert_eq!(filled(text, &document()).unwrap(), "20.8 us, 0.20 of jose's");
    }

    #[test]
    fn what_was_not_measured_is_said_to_be_so_and_what_nobody_knows_is_an_error() {
        assert_eq!(filled("{{us bun 2048 jose}}", &document()).unwrap(), "(not measured)");
        assert!(filled("{{fastest}}", &document()).is_err());
    }

    #[test]
    fn everything_the_template_asks_for_is_known() {
        assert!(!filled(TEMPLATE, &document()).unwrap().contains("{{"));
    }
}
