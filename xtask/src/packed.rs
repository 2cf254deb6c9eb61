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

/// One of the programs, in Node 22, for the runtimes of these names. The package must be built, and what npm has of the
/// runtimes is installed.
pub fn program(place: &Place, script: &str, names: &[&'static str]) -> Result<Command> {
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
    let mut node = place.command("node");
    node.arg(place.root().join("validator/npm/packed").join(script)).arg(file);
    Ok(node)
}
