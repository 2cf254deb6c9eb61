//! `cargo xtask mutants`: changes the validator in every small way, and looks for changes that no test notices.

mod ledger;
mod tree;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Result, bail};

use crate::place::Place;
use crate::{process, setup, tools};
use ledger::Ledger;

/// How to go about it.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Forget what was found out before, instead of going on.
    #[arg(long)]
    anew: bool,
}

/// A half of the validator, with the tests that say something about it in little time.
struct Half {
    name: &'static str,
    files: &'static [&'static str],
    features: &'static str,
    /// What neither sieve runs.
    skipped: &'static [&'static str],
    /// What the first sieve leaves to the second.
    slow: &'static [&'static str],
}

const ARITHMETIC: &str = "validator/src/rs256/public_operation/**";

/// The rules are judged with AWS-LC behind the signatures, which takes a tenth of the time; the arithmetic without.
const HALVES: [Half; 2] = [
    Half {
        name: "rules",
        files: &["--exclude", ARITHMETIC, "--exclude", "validator/src/rs256.rs"],
        features: "aws-lc,write-filters",
        skipped: &["public_operation", "of_a_million_revoked_tokens"],
        slow: &[
            "aws_lc",
            "public_revocation_filters",
            "short_texts",
            "replay::json",
            "bytes_of_any_kind",
            "whichever_byte",
            "every_byte_is",
            "every_short_text",
        ],
    },
    Half {
        name: "arithmetic",
        files: &["--file", ARITHMETIC, "--file", "validator/src/rs256.rs"],
        features: "write-filters",
        skipped: &["of_a_million_revoked_tokens", "replay", "json", "base64"],
        slow: &["public_", "exhaustive"],
    },
];

/// In seconds: after so long, tests that take two or ten without a mutant are without end.
const PATIENCE: &str = "60";

/// In KiB: who never stops collecting is to end before the machine's memory does.
const MEMORY: &str = "6000000";

/// Of a hundred mutants, how many may survive.
const SURVIVORS_PERCENT: usize = 2;

/// Builds and tests each mutant; fails where too many survive. Takes hours, and goes on where it was cut short.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    setup::cargo_tool(place, &tools::cargo_mutants())?;
    let folder = place.target().join("mutants");
    let tree = tree::copied(place, &folder)?;
    let (mut caught, mut survivors) = (0, 0);
    for half in &HALVES {
        let mut ledger = Ledger::open(&folder.join(half.name))?;
        ledger.forget(|file| options.anew || tree.is_changed(file))?;
        half.sieve(place, &tree.root, half.slow, &mut ledger)?;
        let left = half.sieve(place, &tree.root, &[], &mut ledger)?;
        writeln!(io::stdout(), "{}: {ledger}, {} survive", half.name, left.len())?;
        for survivor in &left {
            writeln!(io::stdout(), "    {survivor}")?;
        }
        caught += ledger.caught();
        survivors += left.len();
    }
    if survivors * 100 > (caught + survivors) * SURVIVORS_PERCENT {
        bail!(
            "{survivors} of {} survive, which is more than {SURVIVORS_PERCENT} of a hundred",
            caught + survivors
        );
    }
    Ok(())
}

impl Half {
    /// Tests the mutants that have not been caught yet, and returns those that nothing notices.
    fn sieve(&self, place: &Place, tree: &Path, slow: &[&str], ledger: &mut Ledger) -> Result<Vec<String>> {
        ledger.hand_on()?;
        let mut mutants = place.command("sh");
        mutants.args(["-c", r#"ulimit -v "$0"; exec "$@""#, MEMORY]).arg(place.tool("cargo-mutants"));
        mutants.current_dir(tree).env("CARGO_TARGET_DIR", place.target().join("mutants/build"));
        // Debug information would take more time than all the rest of a build.
        mutants.env("CARGO_PROFILE_DEV_DEBUG", "0");
        mutants.args([
            "mutants",
            "--in-place",
            "--iterate",
            "--no-shuffle",
            "--package",
            "keystile-validator",
        ]);
        mutants.args(["--cargo-arg", "--lib", "--features", self.features]).args(self.files);
        mutants.args(["--timeout", PATIENCE, "--output"]).arg(ledger.folder()).args(["--", "--"]);
        mutants.args(self.skipped.iter().chain(slow).flat_map(|test| ["--skip", test]));
        // It fails if a mutant survives also, which is for us to judge; without an end it has failed by itself.
        let ended = process::run(&mut mutants);
        let Some(missed) = ledger.take_over()? else {
            ended?;
            bail!("cargo-mutants ended before it was through; try again, and it goes on");
        };
        Ok(missed)
    }
}
