//! `cargo xtask simulate`: rotations and emergencies, by the hundred, under a clock that the simulation moves.

use std::io::{self, Write};

use anyhow::Result;

use crate::place::Place;
use crate::process;

/// What the simulation drives is optimised for it: as it is built for tests, a thousand rotations take an hour.
const DRIVEN: [&str; 3] = ["keystile-validator", "keystile-gateway", "keystile-admin"];

/// What to simulate.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many gradual rotations.
    #[arg(long, default_value_t = 50)]
    rotations: u64,
    /// How many emergencies.
    #[arg(long, default_value_t = 10)]
    emergencies: u64,
    /// Any number; the same one gives the same figures.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Print the figures as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Simulates; fails where a good token was refused, or a revoked key believed after the bound.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let Options { rotations, emergencies, seed, json } = options;
    let mut simulation = place.cargo();
    simulation.args(["run", "--quiet", "--package", "keystile-proof", "--bin", "keystile-simulation"]);
    for package in DRIVEN {
        simulation.args(["--config", &format!("profile.dev.package.{package}.opt-level=2")]);
    }
    simulation.arg("--");
    simulation.args(["--rotations", &rotations.to_string(), "--emergencies", &emergencies.to_string()]);
    simulation.args(["--seed", &seed.to_string()]).args(json.then_some("--json"));
    let mut written = Ok(());
    process::watch(&mut simulation, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}
