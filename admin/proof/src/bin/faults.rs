//! The server under load, killed and on broken disks. `cargo xtask faults` runs it.

use std::io::{self, Write};

use anyhow::Result;
use clap::Parser;
use keystile_proof::faults::{Plan, disk_faults, kill_under_load, may_mount};
use serde_json::{Value, json};

/// What to do to the server.
#[derive(Parser)]
struct Options {
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

#[tokio::main]
async fn main() -> Result<()> {
    let Options { kills, seed, json } = Options::parse();
    let killed = kill_under_load(Plan { kills, seed, asks_again: true }).await?;
    let disk = if may_mount() { disk_faults(seed).await?.to_json() } else { Value::Null };
    let figures = json!({ "killed": killed.to_json(), "disk": disk });
    let shown = if json { figures.to_string() } else { format!("{figures:#}") };
    Ok(writeln!(io::stdout(), "{shown}")?)
}
