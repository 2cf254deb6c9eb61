//! `cargo xtask bench`: how fast it is, beside its peers, in one run.

use std::io::{self, Write};

use anyhow::Result;
use clap::ValueEnum;

use crate::build_parts;
use crate::place::Place;
use crate::progress::step;
use crate::{process, setup, tools};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The validator in Node: each engine's signature verification, then whole tokens beside jose, fast-jwt,
    /// jsonwebtoken and Node's own cryptography.
    Validator,
}

/// How to measure.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to measure.
    #[arg(value_enum)]
    subject: Subject,
    /// How often everybody is measured in turn; the median counts.
    #[arg(long, default_value_t = 60)]
    rounds: u32,
    /// Print whole tokens as one line of JSON, and nothing else on standard output.
    #[arg(long)]
    json: bool,
}

/// Builds what is measured, and measures it.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let Subject::Validator = options.subject;
    setup::wasm_target(place)?;
    setup::npm_packages(place)?;
    setup::cargo_tool(place, &tools::wasm_bindgen(place)?)?;
    build_parts::npm(place)?;
    let module = build_parts::engines(place)?;
    let rounds = options.rounds.to_string();
    if !options.json {
        step("signatures alone, engine by engine");
        measure(place, "validator/rs256-bench/measure.mjs", &[module.display().to_string(), rounds.clone()])?;
        step("whole tokens");
    }
    let mut words = vec![rounds];
    if options.json {
        words.push("--json".to_owned());
    }
    measure(place, "validator/npm/bench/tokens.mjs", &words)
}

fn measure(place: &Place, script: &str, words: &[String]) -> Result<()> {
    let mut output = io::stdout();
    let mut written = Ok(());
    process::watch(place.command("node").arg(place.root().join(script)).args(words), |line| {
        written = writeln!(output, "{line}");
    })?;
    Ok(written?)
}
