//! `cargo xtask bench`: how fast it is, beside its peers, in one run.
//!
//! `validator/bench` measures and computes the ratios; here everything is built and found beforehand (`plan`), and
//! afterwards printed (`table`), held against the targets (`targets`) and written down (`page`).

mod admin;
mod document;
mod edge;
mod machine;
mod page;
mod plan;
mod revocation;
mod sizes;
mod table;
mod targets;

use std::io::{self, Write};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::place::Place;
use crate::process;
use crate::progress::{say, step};
use document::{Document, Measured};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The validator: each engine, whole tokens and refusals, beside its peers, in every runtime there is.
    Validator,
    /// The gateway: what it adds to a request in workerd, and behind nginx and Envoy.
    Edge,
    /// The admin server: tokens signed a second beside the bare signature, and how long reads wait.
    Admin,
    /// Revoking tokens by name: what each form of a list takes, and how long until the edge refuses.
    Revocation,
}

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to measure.
    #[arg(value_enum)]
    subject: Subject,
    /// How often everybody is measured in turn; the median counts.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many sessions `revocation` revokes.
    #[arg(long, default_value_t = 1_000_000)]
    count: u32,
    /// Print one JSON document with every figure, and nothing else on standard output.
    #[arg(long)]
    json: bool,
    /// Measure so briefly that the figures mean nothing, to see that everything runs.
    #[arg(long, conflicts_with_all = ["rounds", "write"])]
    quick: bool,
    /// Measure only in these runtimes.
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = clap::builder::PossibleValuesParser::new(plan::names()))]
    runtime: Vec<String>,
    /// Write the figures into `docs/performance.md` too.
    #[arg(long)]
    write: bool,
}

/// Builds what is measured, measures it, and prints what came out.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    if options.subject == Subject::Revocation {
        let figures = revocation::measured(place, options.count)?;
        writeln!(io::stdout(), "{}", serde_json::to_string_pretty(&figures)?)?;
        return Ok(());
    }
    let mut output = io::stdout();
    if options.subject == Subject::Edge {
        let figures = edge::measured(place, options.rounds, options.quick)?;
        let text = if options.json { serde_json::to_string_pretty(&figures)? + "\n" } else { figures.text() };
        return Ok(output.write_all(text.as_bytes())?);
    }
    if options.subject == Subject::Admin {
        let figures = admin::measured(place, options.quick)?;
        let text = if options.json { serde_json::to_string_pretty(&figures)? + "\n" } else { figures.text() };
        return Ok(output.write_all(text.as_bytes())?);
    }
    let document = measured(place, options)?;
    if options.json {
        writeln!(output, "{}", serde_json::to_string_pretty(&document)?)?;
    } else {
        write!(output, "{}", table::all(&document))?;
    }
    if options.write {
        page::write(place, &document)?;
        say("    written to docs/performance.md");
    }
    Ok(())
}

fn measured(place: &Place, options: &Options) -> Result<Document> {
    let plan = plan::prepare(place, options)?;
    let machine = machine::describe(place);
    let openssl =
        if options.quick { Err("not in a quick run".to_owned()) } else { machine::openssl_speed(place) };
    let sizes = sizes::all(place)?;
    step("measuring");
    let mut referee = place.command("node");
    referee.arg(place.root().join("validator/bench/main.mjs")).arg(&plan.file);
    let said = process::read(&mut referee)?;
    let mut measured: Measured = serde_json::from_str(&said).context("the referee printed no document")?;
    measured.skipped.extend(plan.skipped);
    Ok(Document::new(machine, plan.rounds, measured, openssl, sizes))
}
