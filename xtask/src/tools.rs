//! The tools that builds and checks need beyond Rust and Node, and their versions. npm's are in `package.json`.

use std::fs;

use anyhow::{Context, Result};

use crate::place::Place;

/// A tool that `cargo install` builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoTool {
    /// The crate.
    pub package: &'static str,
    /// The program whose `--version` tells whether it is there.
    pub program: &'static str,
    /// The one version we work with.
    pub version: String,
}

/// Bundles the worker; goes with the crate `worker` of the same version.
pub fn worker_build() -> CargoTool {
    CargoTool { package: "worker-build", program: "worker-build", version: "0.8.7".into() }
}

/// Looks at licences, sources, duplicates and advisories of the dependencies.
pub fn cargo_deny() -> CargoTool {
    CargoTool { package: "cargo-deny", program: "cargo-deny", version: "0.20.2".into() }
}

/// Makes the mutants.
pub fn cargo_mutants() -> CargoTool {
    CargoTool { package: "cargo-mutants", program: "cargo-mutants", version: "27.1.0".into() }
}

/// Makes the JavaScript side of a WASM module. It must be the very version of the library that `Cargo.lock` names.
pub fn wasm_bindgen(place: &Place) -> Result<CargoTool> {
    let lock = fs::read_to_string(place.root().join("Cargo.lock")).context("cannot read `Cargo.lock`")?;
    let version = locked(&lock, "wasm-bindgen").context("`Cargo.lock` names no wasm-bindgen")?;
    Ok(CargoTool { package: "wasm-bindgen-cli", program: "wasm-bindgen", version: version.into() })
}

fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let after = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?.1;
    after.split_once('"').map(|(version, _)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locked_version_is_that_of_the_package_with_exactly_this_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked(lock, "bindgen"), None);
    }
}
