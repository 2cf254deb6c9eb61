//! `cargo xtask soak`: long work, and whether memory stays what it was.

use std::io::{self, Write};

use anyhow::Result;
use clap::ValueEnum;

use crate::build_parts::{self, Part};
use crate::place::Place;
use crate::{packed, process};

/// What works for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// The npm package, packed and installed, in Node.
    Npm,
    /// The edge worker, in workerd, under mixed good and bad tokens.
    Edge,
}

/// How long.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What works.
    #[arg(value_enum)]
    subject: Subject,
    /// How many tokens are judged without the cache, and then with it.
    #[arg(long, default_value_t = 10_000_000)]
    validations: u64,
    /// How many key sets take each other's place and are freed, and then as many that are left to the collector.
    #[arg(long, default_value_t = 100_000)]
    key_sets: u64,
    /// How many requests go through the worker, 64 at a time.
    #[arg(long, default_value_t = 20_000)]
    requests: u64,
}

/// Builds, works, and prints what was looked at; fails where memory grew.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let mut soak = match options.subject {
        Subject::Npm => {
            build_parts::build(place, Part::Npm)?;
            packed::soak(place, options.validations, options.key_sets)?
        }
        Subject::Edge => {
            build_parts::build(place, Part::Worker)?;
            let mut load = place.command("node");
            load.args(["validator/worker/test/load.mjs", &options.requests.to_string()]);
            load
        }
    };
    let mut written = Ok(());
    process::watch(&mut soak, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}
