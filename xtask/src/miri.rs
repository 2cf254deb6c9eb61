//! `cargo xtask miri`: the validator's readers and limb helpers in an interpreter that sees undefined behaviour.

use std::process::Stdio;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::process;
use crate::progress::step;

/// What is read from outside, and what counts with limbs: parts of the names of unit tests.
const TESTS: [&str; 10] = [
    "base64::",
    "der::",
    "by_name::",
    "order::",
    "exhaustive::",
    "header::",
    "json::tests",
    "registered_claims",
    "time::",
    "token::",
];

/// Tests of so many cases that the interpreter, which is a thousand times slower, would take hours.
const TOO_LONG: [&str; 9] = [
    "every_byte_is_refused_or_read",
    "every_change_of_a_byte",
    "every_odd_number_of_sixteen_bits",
    "every_short_text",
    "heaps_of_every_small_size",
    "keys_of_every_length",
    "nesting_stops_at_the_limit",
    "short_texts",
    "sums_and_differences",
];

/// Runs the tests under Miri, which comes with the nightly compiler.
pub fn run(place: &Place) -> Result<()> {
    let nightly = || {
        let mut cargo = place.command("rustup");
        cargo.args(["run", "nightly", "cargo", "miri"]).env("CARGO_TARGET_DIR", place.target().join("miri"));
        cargo
    };
    if !nightly().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        step("adding Miri to the nightly toolchain");
        let add = ["component", "add", "--toolchain", "nightly", "miri", "rust-src"];
        process::run(place.command("rustup").args(add))
            .context("`rustup toolchain install nightly` first")?;
    }
    let mut tests = nightly();
    tests.args(["test", "--package", "keystile-validator", "--lib", "--"]).args(TESTS);
    process::run(tests.args(TOO_LONG.iter().flat_map(|test| ["--skip", test])))
}
