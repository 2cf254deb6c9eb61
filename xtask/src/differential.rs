//! `cargo xtask differential`: the validator's answers beside those of other makes.
//!
//! Signatures alone are judged natively, by `validator/differential`; whole tokens, with `--jose`, by the packed npm package
//! and by jose, in Node.

use std::io::{self, Write};
use std::process::Command;

use anyhow::Result;

use crate::build_parts::{self, Part};
use crate::place::Place;
use crate::{packed, process, setup};

/// What to compare.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Compare whole tokens: what the npm package says of them with what jose says.
    #[arg(long, conflicts_with = "json")]
    jose: bool,
    /// How many signatures, or tokens, everybody judges.
    #[arg(long, default_value_t = 20_000)]
    inputs: u64,
    /// Any number; the same one gives the same inputs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the counts as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Builds for speed and compares; fails on a disagreement that nothing explains.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let mut compare = if options.jose { beside_jose(place, options)? } else { signatures(place, options)? };
    let mut written = Ok(());
    process::watch(&mut compare, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}

fn beside_jose(place: &Place, options: &Options) -> Result<Command> {
    build_parts::build(place, Part::Npm)?;
    packed::beside_jose(place, options.inputs, options.seed)
}

fn signatures(place: &Place, options: &Options) -> Result<Command> {
    // Node comes with the npm packages where the machine's is too old, and OpenSSL with Node.
    setup::npm_packages(place)?;
    let Options { inputs, seed, json, .. } = options;
    let mut compare = place.cargo();
    compare.args(["run", "--release", "--quiet", "--package", "keystile-differential", "--"]);
    compare.args(["--inputs", &inputs.to_string(), "--seed", &seed.to_string()]);
    compare.args(json.then_some("--json"));
    Ok(compare)
}
