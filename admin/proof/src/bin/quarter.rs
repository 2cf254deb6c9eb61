//! Lets a server live through a quarter of a year, and writes what an auditor is given.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use keystile_proof::quarter;

/// Where to.
#[derive(Parser)]
struct Options {
    /// A folder, which is made where it is not there: the pack as JSON and as a page, an export, and the verifier key.
    #[arg(long)]
    to: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    quarter::write(&Options::parse().to).await
}
