//! One operation on one data folder, in a process that a test kills. Its time, its keys and its store are given.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use keystile_admin::domain::Timestamp;
use keystile_proof::crash::{Operation, run};
use keystile_proof::house::{KeyPool, kv_settings};

/// What to do, and where.
#[derive(Parser)]
struct Options {
    /// The operation.
    #[arg(value_enum)]
    operation: Operation,
    /// The data folder.
    #[arg(long)]
    data: PathBuf,
    /// The folder of the keys that were made beforehand.
    #[arg(long)]
    keys: PathBuf,
    /// Where the stand-in for the store answers.
    #[arg(long)]
    kv: String,
    /// The present, in seconds since 1970.
    #[arg(long)]
    at: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Options { operation, data, keys, kv, at } = Options::parse();
    let pool = KeyPool::read(&keys)?;
    run(operation, &data, kv_settings(&kv), &pool, Timestamp::from_secs(at)).await
}
