//! `cargo xtask <command>`: what a developer of Keystile types.

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};
use xtask::place::Place;
use xtask::{
    bench, build_parts, deploy, differential, faults, miri, mutants, pictures, process, progress, simulate,
    soak, structure, test, up,
};

/// The commands of a Keystile developer. Each sets up what it needs, under `target/`.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the whole: admin server, console and edge worker, with a first key and a sample token.
    Up(up::Options),
    /// Run every check there is, and print what ran, how long, and what was skipped and why.
    Test(test::Options),
    /// The quick loop: formatting, clippy, unit tests, boundaries.
    Check,
    /// Build one part, or all of them.
    Build {
        /// The part to build.
        #[arg(value_enum)]
        part: build_parts::Part,
    },
    /// Deploy the edge worker to Cloudflare, or show what that would set.
    Deploy(deploy::Options),
    /// Measure how fast it is, beside its peers.
    Bench(bench::Options),
    /// Compare the validator's answers about signatures with those of other makes.
    Differential(differential::Options),
    /// Run the readers and limb helpers of the validator under Miri; takes the nightly compiler.
    Miri,
    /// Change the validator in every small way, and look for changes that no test notices; takes hours.
    Mutants(mutants::Options),
    /// Work for long, and look whether memory stays what it was.
    Soak(soak::Options),
    /// Rehearse rotations and emergencies of the real server and the real edge, under a clock of their own.
    Simulate(simulate::Options),
    /// Kill the server under load, fill its disk and break it: is anything lost, done twice, or published backwards?
    Faults(faults::Options),
    /// Make the pictures of the console in the documentation anew.
    Pictures,
    /// Check that each room keeps to its boundaries.
    Structure,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) if process::stop_requested() => ExitCode::from(130),
        Err(error) => {
            progress::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says whether the command found everything in order.
fn run(command: Command) -> Result<bool> {
    process::heed_signals()?;
    let place = Place::find()?;
    match command {
        Command::Up(options) => up::run(&place, &options).map(|()| true),
        Command::Test(options) => test::run_all(&place, &options),
        Command::Check => test::run_quick(&place),
        Command::Build { part } => build_parts::build(&place, part).map(|()| true),
        Command::Deploy(options) => deploy::run(&place, &options).map(|()| true),
        Command::Bench(options) => bench::run(&place, &options).map(|()| true),
        Command::Differential(options) => differential::run(&place, &options).map(|()| true),
        Command::Miri => miri::run(&place).map(|()| true),
        Command::Mutants(options) => mutants::run(&place, &options).map(|()| true),
        Command::Soak(options) => soak::run(&place, &options).map(|()| true),
        Command::Faults(options) => faults::run(&place, &options).map(|()| true),
        Command::Simulate(options) => simulate::run(&place, &options).map(|()| true),
        Command::Pictures => pictures::run(&place).map(|()| true),
        Command::Structure => structure::report(&place),
    }
}
