//! `cargo xtask differential`: the validator's answers beside those of other makes.

use std::io::{self, Write};

use anyhow::Result;

use crate::place::Place;
use crate::{process, setup};

/// What to compare.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many signatures everybody judges.
    #[arg(long, default_value_t = 20_000)]
    inputs: u64,
    /// Any number; the same one gives the same inputs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the counts as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Builds for speed and compares; fails on a disagreement.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    // Node comes with the npm packages where the machine's is too old, and OpenSSL with Node.
    setup::npm_packages(place)?;
    let Options { inputs, seed, json } = options;
    let mut compare = place.cargo();
    compare.args(["run", "--release", "--quiet", "--package", "keystile-differential", "--"]);
    compare.args(["--inputs", &inputs.to_string(), "--seed", &seed.to_string()]);
    compare.args(json.then_some("--json"));
    let mut written = Ok(());
    process::watch(&mut compare, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}
