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
}

/// Builds, works, and prints what was looked at; fails where memory grew.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let Subject::Npm = options.subject;
    build_parts::build(place, Part::Npm)?;
    let mut written = Ok(());
    let mut soak = packed::soak(place, options.validations, options.key_sets)?;
    process::watch(&mut soak, |line| written = writeln!(io::stdout(), "{line}"))?;
    Ok(written?)
}
