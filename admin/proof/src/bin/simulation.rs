//! Rotations and emergencies under a simulated clock. `cargo xtask simulate` runs it.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use keystile_proof::simulation::{Plan, simulate};

/// What to simulate.
#[derive(Parser)]
struct Options {
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

/// On one thread, so that the order of events is the same every time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode> {
    let Options { rotations, emergencies, seed, json } = Options::parse();
    let figures = simulate(Plan { rotations, emergencies, seed }).await?;
    let shown = if json { figures.to_json().to_string() } else { format!("{:#}", figures.to_json()) };
    writeln!(io::stdout(), "{shown}")?;
    Ok(if figures.hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
