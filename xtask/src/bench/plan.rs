//! What is built and found before anything is measured, and the file that tells the referee.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use super::Options;
use super::document::Skipped;
use crate::place::Place;
use crate::progress::step;
use crate::proxies::{self, Found};
use crate::runtimes::{self, Kind, Runtime};
use crate::{build_parts, process, setup, tools};

/// The native build, which is measured beside the runtimes and asked like one of them.
const NATIVE: &str = "native";

/// Envoy, and the native build beside it once more, measured as Envoy is.
const ENVOY: &str = "envoy";

/// Where the validator can be measured.
pub(super) fn names() -> Vec<&'static str> {
    runtimes::NAMES.into_iter().chain([NATIVE, ENVOY]).collect()
}

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
    let installed = runtimes::install(place);
    for name in names().into_iter().filter(|name| asked(name)) {
        let found = match name {
            NATIVE => native(place, &plan),
            ENVOY => envoy(place, &plan),
            _ => runtimes::find(place, &installed, name),
        };
        match found {
            Ok(runtime) => plan.measured.push(on_the_track(place, &plan, runtime)),
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

/// A program is given the script that answers laps; the others are given it by who opens them.
fn on_the_track(place: &Place, plan: &Plan, mut runtime: Runtime) -> Runtime {
    if runtime.kind == Kind::Process && runtime.name != NATIVE {
        let script = place.root().join("validator/bench/tracks/process.mjs");
        runtime.program.extend([script, plan.file.clone()]);
    }
    runtime
}

/// aws-lc-rs takes a C compiler, which not every machine has. The lock file is not insisted on: it follows the validator's
/// own dependencies, which change without it.
fn native(place: &Place, plan: &Plan) -> Result<Runtime, String> {
    step("building the native programs");
    let mut cargo = place.cargo();
    cargo.current_dir(place.root().join("validator/bench/native")).args(["build", "--release"]);
    process::run(&mut cargo).map_err(|error| format!("{error:#}"))?;
    let program = vec![place.target().join("release/keystile-bench-native"), plan.material.clone()];
    Ok(Runtime { name: NATIVE, kind: Kind::Process, program })
}

fn envoy(place: &Place, plan: &Plan) -> Result<Runtime, String> {
    let envoy = match proxies::install(place).map_err(|error| format!("{error:#}"))? {
        Found::Here(proxies) => proxies.envoy,
        Found::Missing(reason) => return Err(reason),
    };
    let program = std::iter::once(envoy).chain(native(place, plan)?.program).collect();
    Ok(Runtime { name: ENVOY, kind: Kind::Envoy, program })
}
