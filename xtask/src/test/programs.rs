//! The test programs of the workspace, built all at once and each run by itself.
//!
//! `cargo test --test NAME` would leave the packages without such a program out, choose other features, and compile every
//! dependency once more.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::place::Place;
use crate::process;

/// What cargo has built: one of its messages.
#[derive(Deserialize)]
struct Artifact {
    manifest_path: PathBuf,
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
    name: String,
}

/// Builds every package with its tests, as all checks do that need a program of ours.
pub(super) fn build(place: &Place) -> Result<()> {
    built(place).map(drop)
}

/// The test program of this name, to be run where cargo would run it.
pub(super) fn program(place: &Place, name: &str) -> Result<Command> {
    let is_it = |it: &Artifact| it.target.name == name && it.target.kind.iter().any(|kind| kind == "test");
    let found = built(place)?.into_iter().find(is_it);
    let Artifact { manifest_path, executable, .. } =
        found.with_context(|| format!("no package has a test program `{name}`"))?;
    let mut program = place.command(executable.context("cargo has built no program")?);
    program.current_dir(manifest_path.parent().context("a manifest lies in no folder")?);
    Ok(program)
}

fn built(place: &Place) -> Result<Vec<Artifact>> {
    let mut cargo = place.cargo();
    cargo.args(["test", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = process::read(&mut cargo)?;
    // Its other messages have other members.
    Ok(messages.lines().filter_map(|message| serde_json::from_str(message).ok()).collect())
}
