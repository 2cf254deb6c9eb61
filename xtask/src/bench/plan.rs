//! What is built and found before anything is measured, and the file that tells the referee.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use super::Options;
use super::document::Skipped;
use crate::place::Place;
use crate::progress::step;
use crate::setup::{self, Browser};
use crate::{build_parts, process, tools};

/// Where the validator can be measured. `node-22` is the Node that the other commands use too.
pub(super) const NAMES: [&str; 9] =
    ["node-22", "node-26", "node-20", "deno", "bun", "chromium", "firefox", "workerd", "native"];

/// A plan that lies where the referee reads it.
pub(super) struct Prepared {
    pub(super) file: PathBuf,
    pub(super) rounds: u32,
    /// What cannot be measured here.
    pub(super) skipped: Vec<Skipped>,
}

/// What the referee reads. `file` is the plan itself, which it hands on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    file: PathBuf,
    package: PathBuf,
    npm: PathBuf,
    runtimes: PathBuf,
    engines: PathBuf,
    rsa: PathBuf,
    material: PathBuf,
    #[serde(flatten)]
    pace: Pace,
    measured: Vec<Runtime>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pace {
    rounds: u32,
    /// Rounds before those that count, in which the compilers of the runtimes finish their work.
    warm_up: u32,
    /// How long everybody runs at a time, in microseconds.
    lap_time: u32,
    fresh_processes: u32,
    /// Of each size, and all distinct.
    #[serde(skip)]
    tokens: u32,
}

impl Pace {
    const fn of(rounds: u32) -> Self {
        Self { rounds, warm_up: 12, lap_time: 4_000, fresh_processes: 25, tokens: 256 }
    }

    const QUICK: Self = Self { rounds: 2, warm_up: 1, lap_time: 200, fresh_processes: 1, tokens: 100 };
}

#[derive(Serialize)]
struct Runtime {
    name: &'static str,
    kind: &'static str,
    program: Vec<PathBuf>,
}

pub(super) fn prepare(place: &Place, options: &Options) -> Result<Prepared> {
    let folder = place.target().join("bench");
    fs::create_dir_all(&folder)?;
    let mut pace = if options.quick { Pace::QUICK } else { Pace::of(options.rounds) };
    let asked = |name: &str| options.runtime.is_empty() || options.runtime.iter().any(|it| it == name);
    if !asked("node-22") {
        pace.fresh_processes = 0;
    }
    let (engines, rsa) = build(place)?;
    let mut plan = Plan {
        file: folder.join("plan.json"),
        package: place.root().join("validator/npm/dist"),
        npm: place.npm(),
        runtimes: place.runtimes(),
        engines,
        rsa,
        material: folder.join("material.json"),
        pace,
        measured: Vec::new(),
    };
    let mut skipped = Vec::new();
    // Node 26, Node 20, Deno and Bun come from here; each says below whether it is there.
    let installed = setup::runtimes(place).map_err(|error| format!("{error:#}"));
    for name in NAMES.into_iter().filter(|name| asked(name)) {
        match program(place, &plan, &installed, name) {
            Ok((kind, program)) => plan.measured.push(Runtime { name, kind, program }),
            Err(reason) => skipped.push(Skipped { name: name.to_owned(), reason }),
        }
    }
    sign(place, &plan.material, pace.tokens)?;
    fs::write(&plan.file, serde_json::to_string(&plan)?)?;
    Ok(Prepared { file: plan.file, rounds: pace.rounds, skipped })
}

/// Builds the package, our arithmetic alone, and the `rsa` crate.
fn build(place: &Place) -> Result<(PathBuf, PathBuf)> {
    setup::wasm_target(place)?;
    setup::npm_packages(place)?;
    setup::cargo_tool(place, &tools::wasm_bindgen(place)?)?;
    build_parts::npm(place)?;
    let engines = build_parts::engines(place)?;
    step("building the `rsa` crate");
    let rsa = ["build", "--release", "--locked", "--target", setup::WASM_TARGET];
    process::run(place.cargo().current_dir(place.root().join("validator/bench/rsa")).args(rsa))?;
    let built = place.target().join(setup::WASM_TARGET).join("release/keystile_bench_rsa.wasm");
    Ok((engines, built))
}

fn sign(place: &Place, file: &Path, tokens: u32) -> Result<()> {
    step("making keys and tokens");
    let mut node = place.command("node");
    node.arg(place.root().join("validator/bench/material.mjs")).arg(file).arg(tokens.to_string());
    process::run(&mut node)
}

type Found = Result<(&'static str, Vec<PathBuf>), String>;

/// How the referee opens a runtime, or why it cannot.
fn program(place: &Place, plan: &Plan, installed: &Result<(), String>, name: &str) -> Found {
    let script = || [place.root().join("validator/bench/tracks/process.mjs"), plan.file.clone()];
    let track = |program: PathBuf, words: &[&str]| {
        if !program.exists() {
            return Err(installed.clone().err().unwrap_or_else(|| "npm has none for this machine".into()));
        }
        let words = words.iter().map(PathBuf::from);
        Ok(("process", std::iter::once(program).chain(words).chain(script()).collect()))
    };
    let theirs = |path: &str| place.runtimes().join("node_modules").join(path);
    match name {
        // The one the other commands use: from npm where npm has one for this machine.
        "node-22" => Ok(("process", std::iter::once("node".into()).chain(script()).collect())),
        "node-26" => track(theirs("node-26/bin/node"), &[]),
        "node-20" => track(theirs("node-20/bin/node"), &[]),
        "deno" => track(theirs(".bin/deno"), &["run", "--quiet", "--allow-all"]),
        "bun" => track(theirs("@oven/bun-linux-x64/bin/bun"), &[]),
        "chromium" => chromium(place),
        "firefox" => firefox(),
        "native" => native(place, plan),
        _ => Ok(("workerd", Vec::new())),
    }
}

fn chromium(place: &Place) -> Found {
    match setup::browser(place).map_err(|error| format!("{error:#}"))? {
        Browser::At(path) => Ok(("chromium", vec![path])),
        Browser::Missing(reason) => Err(reason),
    }
}

fn firefox() -> Found {
    const WHERE: [&str; 2] = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
    let found = WHERE.iter().map(PathBuf::from).find(|path| path.exists());
    found.map(|path| ("firefox", vec![path])).ok_or_else(|| "no Firefox here".into())
}

/// aws-lc-rs takes a C compiler, which not every machine has. The lock file is not insisted on: it follows the validator's
/// own dependencies, which change without it.
fn native(place: &Place, plan: &Plan) -> Found {
    step("building the native programs");
    let mut cargo = place.cargo();
    cargo.current_dir(place.root().join("validator/bench/native")).args(["build", "--release"]);
    process::run(&mut cargo).map_err(|error| format!("{error:#}"))?;
    Ok(("process", vec![place.target().join("release/keystile-bench-native"), plan.material.clone()]))
}
