//! What the npm package shows once it is packed and installed: `validator/npm/packed`, given the runtimes that are here.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde::Serialize;

use crate::build_parts;
use crate::place::Place;
use crate::runtimes::{self, Runtime};

/// What the programs of `validator/npm/packed` read.
#[derive(Debug, Serialize)]
struct Plan {
    package: PathBuf,
    /// The module of the package's last build as the linker left it, which still names its functions.
    named: PathBuf,
    vectors: PathBuf,
    npm: PathBuf,
    runtimes: PathBuf,
    measured: Vec<Runtime>,
    missing: Vec<Missing>,
}

#[derive(Debug, Serialize)]
struct Missing {
    name: &'static str,
    reason: String,
}

/// The suite, in every runtime and through every bundler.
pub fn suite(place: &Place) -> Result<Command> {
    let plan = plan(place, &runtimes::NAMES)?;
    Ok(program(place, &[], "main.mjs", &[plan]))
}

/// Whole tokens, drawn by chance, judged by the package and by jose.
pub fn beside_jose(place: &Place, tokens: u64, seed: u64) -> Result<Command> {
    let words = [plan(place, &[])?, tokens.to_string().into(), seed.to_string().into()];
    Ok(program(place, &[], "differential/main.mjs", &words))
}

/// Long work, and a look at the memory.
pub fn soak(place: &Place, validations: u64, key_sets: u64) -> Result<Command> {
    let words = [plan(place, &[])?, validations.to_string().into(), key_sets.to_string().into()];
    Ok(program(place, &["--expose-gc"], "soak.mjs", &words))
}

/// A program of the folder, in Node 22.
fn program(place: &Place, options: &[&str], script: &str, words: &[PathBuf]) -> Command {
    let mut node = place.command("node");
    node.args(options).arg(place.root().join("validator/npm/packed").join(script)).args(words);
    node
}

/// Writes the plan for the runtimes of these names. The package must be built; what npm has of the runtimes is installed.
fn plan(place: &Place, names: &[&'static str]) -> Result<PathBuf> {
    let folder = place.target().join("packed");
    fs::create_dir_all(&folder)?;
    let mut plan = Plan {
        package: place.root().join("validator/npm/dist"),
        named: build_parts::linked_npm(place),
        vectors: place.root().join("tests/vectors"),
        npm: place.npm(),
        runtimes: place.runtimes(),
        measured: Vec::new(),
        missing: Vec::new(),
    };
    let installed = runtimes::install(place);
    for name in names.iter().copied() {
        match runtimes::find(place, &installed, name) {
            Ok(runtime) => plan.measured.push(runtime),
            Err(reason) => plan.missing.push(Missing { name, reason }),
        }
    }
    let file = folder.join("plan.json");
    fs::write(&file, serde_json::to_string(&plan)?)?;
    Ok(file)
}
