//! `cargo xtask faults`: the server under load, killed again and again, on disks that are full or broken.

use std::io::{self, Write};

use anyhow::Result;

use crate::place::Place;
use crate::process;

/// What to do to the server.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How often it is killed.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Any number; it draws the instants.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the figures as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Fails where something was lost, or happened twice, or was published backwards.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    // All of them, so that their dependencies are those that the tests have.
    process::run(place.cargo().args(["build", "--quiet", "--workspace", "--bins"]))?;
    let mut faults = place.command(place.target().join("debug/keystile-faults"));
    faults.args(["--kills", &options.kills.to_string(), "--seed", &options.seed.to_string()]);
    faults.args(options.json.then_some("--json"));
    let mut written = Ok(());
    process::watch(&mut faults, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}
