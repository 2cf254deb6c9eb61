//! `cargo xtask mutants`: changes the validator in every small way, and looks for changes that no test notices.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::place::Place;
use crate::progress::step;
use crate::{process, setup, tools};

/// Which mutants.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A part of the mutants, as cargo-mutants has it: `0/4` is the first of four.
    #[arg(long, default_value = "0/1")]
    shard: String,
}

/// A half of the validator, with the tests that say something about it in little time.
struct Half {
    name: &'static str,
    files: [&'static str; 4],
    features: &'static str,
    skipped: &'static [&'static str],
}

const ARITHMETIC: &str = "validator/src/rs256/**";

/// The rules are judged with AWS-LC behind the signatures, which takes a tenth of the time; the arithmetic without.
const HALVES: [Half; 2] = [
    Half {
        name: "rules",
        files: ["--exclude", ARITHMETIC, "--exclude", "validator/src/rs256.rs"],
        features: "aws-lc,write-filters",
        skipped: &["--skip", "public_operation", "--skip", "aws_lc"],
    },
    Half {
        name: "arithmetic",
        files: ["--file", ARITHMETIC, "--file", "validator/src/rs256.rs"],
        features: "write-filters",
        skipped: &[],
    },
];

/// Of a hundred mutants, how many may survive.
const SURVIVORS_PERCENT: u32 = 2;

/// The tests of the public interface, made a part of the crate: so there is one program to build for each mutant, where
/// there would be ten.
const TESTS_WITHIN: &str = r#"
#[cfg(test)]
extern crate self as keystile_validator;
"#;

/// What cargo-mutants counts.
#[derive(Default, Deserialize)]
struct Outcomes {
    caught: u32,
    timeout: u32,
    missed: u32,
    unviable: u32,
}

/// Builds and tests each mutant; fails where too many survive. Takes hours.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    setup::cargo_tool(place, &tools::cargo_mutants())?;
    let folder = place.target().join("mutants");
    let tree = tree(place, &folder)?;
    let mut all = Outcomes::default();
    for half in &HALVES {
        let found = half.run(place, &folder, &tree, &options.shard)?;
        let Outcomes { caught, timeout, missed, unviable } = found;
        writeln!(
            io::stdout(),
            "{}: {caught} caught, {timeout} without end, {missed} survive, {unviable} do not compile",
            half.name
        )?;
        all.caught += caught + timeout;
        all.missed += missed;
    }
    if all.missed * 100 > (all.caught + all.missed) * SURVIVORS_PERCENT {
        bail!("more than {SURVIVORS_PERCENT} of a hundred survive: see `missed.txt` in {}", folder.display());
    }
    Ok(())
}

impl Half {
    fn run(&self, place: &Place, folder: &Path, tree: &Path, shard: &str) -> Result<Outcomes> {
        let output = folder.join(self.name);
        let outcomes = output.join("mutants.out/outcomes.json");
        if outcomes.exists() {
            fs::remove_file(&outcomes)?;
        }
        fs::create_dir_all(&output)?;
        let mut mutants = place.command(place.tool("cargo-mutants"));
        mutants.current_dir(tree).env("CARGO_TARGET_DIR", folder.join("build"));
        mutants.args(["mutants", "--in-place", "--package", "keystile-validator", "--no-shuffle"]);
        mutants
            .args(self.files)
            .args(["--features", self.features, "--shard", shard, "--output"])
            .arg(&output);
        mutants.args(["--", "--lib", "--"]).args(self.skipped);
        // It fails if a mutant survives also, which is for us to judge; without a count it has failed by itself.
        let ended = process::run(&mut mutants);
        match fs::read_to_string(outcomes) {
            Ok(found) => serde_json::from_str(&found).context("cargo-mutants counts in another way"),
            Err(error) => ended.and(Err(error.into())),
        }
    }
}

/// A copy of the repository that the mutants are made in.
fn tree(place: &Place, folder: &Path) -> Result<PathBuf> {
    step("copying the repository for its mutants");
    let tree = folder.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let files =
        process::read(place.command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    for file in files.lines().filter(|file| place.root().join(file).is_file()) {
        let copy = tree.join(file);
        fs::create_dir_all(copy.parent().context("a path without a folder")?)?;
        fs::copy(place.root().join(file), copy)?;
    }
    let library = tree.join("validator/src/lib.rs");
    let text = fs::read_to_string(&library)? + TESTS_WITHIN + &modules(&tree.join("validator/tests"))?;
    fs::write(library, text)?;
    Ok(tree)
}

/// A module for each program of tests in `folder`.
fn modules(folder: &Path) -> Result<String> {
    let mut modules = String::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = if path.is_dir() { path.join("main.rs") } else { path };
        let name = file.strip_prefix(folder)?.display().to_string();
        if let Some(module) = name.strip_suffix(".rs").map(|name| name.replace('/', "_")) {
            modules += &format!("#[cfg(test)]\n#[path = \"../tests/{name}\"]\nmod public_{module};\n");
        }
    }
    Ok(modules)
}
