use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Outcome;
use super::{cases::Cases, console, monitoring, needs::Need, programs, stores, unit_tests};
use crate::build_parts;
use crate::place::Place;
use crate::proxies::{self, Found};
use crate::{documented, packed, process, progress, python, setup, structure};

/// Something that must hold.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    /// Prepared before it runs, unless a check before needed it too.
    pub(super) needs: &'static [Need],
    pub(super) run: fn(&Place) -> Result<Outcome>,
}

/// What the tests of the whole start.
const WHOLE: [Need; 3] = [Need::EdgeTools, Need::Worker, Need::Programs];
/// And the validator of the token inspector.
const CONSOLE: [Need; 4] = [Need::EdgeTools, Need::NpmPackage, Need::Worker, Need::Programs];

/// Every check, cheap before dear; those that run [beside](super::beside::BESIDE) others before what mostly waits.
pub(super) const ALL: [Check; 44] = [
    Check { name: "formatting", needs: &[Need::Checkers], run: formatting },
    Check { name: "boundaries", needs: &[], run: boundaries },
    // The npm package is part of the console, and the console of the admin server: built later, it would have the server
    // built once more.
    Check { name: "set-up", needs: &[Need::EdgeTools, Need::CargoDeny, Need::NpmPackage], run: |_| PASSED },
    Check { name: "clippy", needs: &[Need::Checkers], run: clippy },
    Check { name: "clippy for wasm", needs: &[Need::Checkers, Need::WasmTarget], run: clippy_for_wasm },
    Check { name: "unit tests", needs: &[], run: unit_tests::run },
    Check {
        name: "stores on PostgreSQL",
        needs: &[Need::EdgeTools, Need::Programs],
        run: stores::on_postgres,
    },
    Check { name: "validator without aws-lc", needs: &[], run: validator_without_aws_lc },
    Check { name: "other makes", needs: &[Need::EdgeTools], run: other_makes },
    Check { name: "vectors as generated", needs: &[], run: vectors_as_generated },
    Check { name: "documentation", needs: &[], run: documentation },
    Check { name: "bans, licences, sources", needs: &[Need::CargoDeny], run: dependencies },
    Check { name: "advisories", needs: &[Need::CargoDeny], run: advisories },
    Check { name: "tests in wasm", needs: &[Need::EdgeTools], run: tests_in_wasm },
    Check { name: "engines in wasm", needs: &[Need::EdgeTools], run: engines_in_wasm },
    Check { name: "comparison", needs: &[Need::EdgeTools], run: comparison },
    Check { name: "proof of rotation", needs: &[], run: proof_of_rotation },
    Check {
        name: "npm package",
        needs: &[Need::EdgeTools, Need::NpmPackage, Need::Frameworks],
        run: |place| node_tests(place, "validator/npm/test"),
    },
    Check {
        name: "npm package, packed",
        needs: &[Need::EdgeTools, Need::NpmPackage],
        run: |place| count_cases(&mut packed::suite(place)?),
    },
    Check {
        name: "npm package, beside jose",
        needs: &[Need::EdgeTools, Need::NpmPackage],
        run: |place| count_cases(&mut packed::beside_jose(place, TOKENS, SEED)?),
    },
    Check {
        name: "npm package, memory",
        needs: &[Need::EdgeTools, Need::NpmPackage],
        run: |place| count_cases(&mut packed::soak(place, VALIDATIONS, KEY_SETS)?),
    },
    Check {
        name: "worker in workerd",
        needs: &[Need::EdgeTools, Need::Worker],
        run: |place| node_tests(place, "validator/worker/test"),
    },
    Check {
        name: "vectors in workerd",
        needs: &[Need::EdgeTools, Need::Worker, Need::WorkerWithVectors],
        run: |place| end_to_end(place, "vectors_worker"),
    },
    Check { name: "alert rules", needs: &[Need::Programs], run: monitoring::alert_rules },
    Check { name: "notifications", needs: &[Need::EdgeTools, Need::Programs], run: monitoring::told },
    Check {
        name: "end-to-end: bad input",
        needs: &[Need::Programs],
        run: |place| end_to_end(place, "bad_input"),
    },
    Check {
        name: "audit, by another make",
        needs: &[Need::EdgeTools, Need::Programs],
        run: |place| {
            count_cases(node(place, "tests/audit").env("KEYSTILE_TEST_XTASK", std::env::current_exe()?))
        },
    },
    Check { name: "secrets", needs: &[Need::EdgeTools, Need::Programs], run: super::secrets::hold },
    Check { name: "HTTP API as described", needs: &[Need::Programs], run: super::described_api::hold },
    Check { name: "end-to-end: up", needs: &WHOLE, run: |place| end_to_end(place, "up") },
    Check { name: "end-to-end: console", needs: &CONSOLE, run: console::console },
    Check {
        name: "end-to-end: sign-in with a provider",
        needs: &[Need::EdgeTools, Need::Programs],
        run: console::provider,
    },
    Check { name: "end-to-end: main job", needs: &WHOLE, run: |place| end_to_end(place, "main_job") },
    Check { name: "end-to-end: resilience", needs: &WHOLE, run: |place| end_to_end(place, "resilience") },
    Check { name: "end-to-end: changes", needs: &WHOLE, run: |place| end_to_end(place, "changes") },
    Check { name: "end-to-end: root", needs: &WHOLE, run: |place| end_to_end(place, "root") },
    Check { name: "end-to-end: runbook", needs: &WHOLE, run: |place| end_to_end(place, "runbook") },
    Check { name: "end-to-end: adoption", needs: &WHOLE, run: |place| end_to_end(place, "adoption") },
    Check {
        name: "end-to-end: gate",
        needs: &WHOLE,
        run: |place| end_to_end_cases(place, "gate", &["a_gate_of_its_own"]),
    },
    Check { name: "end-to-end: verifiers", needs: &WHOLE, run: |place| beside_python(place, "verifiers") },
    Check { name: "end-to-end: hand-off", needs: &WHOLE, run: |place| beside_python(place, "hand_off") },
    Check { name: "documented commands", needs: &WHOLE, run: documented_commands },
    Check { name: "end-to-end: deploy", needs: &WHOLE, run: |place| end_to_end(place, "deploy") },
    Check { name: "end-to-end: gate behind nginx and Envoy", needs: &WHOLE, run: gate_behind_proxies },
];

/// The checks of the quick loop.
pub(super) const QUICK: [&str; 4] = ["formatting", "boundaries", "clippy", "unit tests"];

/// Of each size; every modulus meets 12 numbers, so that the two fast engines see 20,000 powers together.
const MODULI: &str = "280";
/// Any will do; a fixed one makes a failure repeatable.
const SEED: u64 = 7;

/// So few that they take seconds: `cargo xtask differential --jose` and `cargo xtask soak npm` do the long work.
const TOKENS: u64 = 3_000;
const VALIDATIONS: u64 = 60_000;
const KEY_SETS: u64 = 2_400;

/// Who must be in the comparison in Node 22; whoever gets a verdict wrong is out of it.
const COMPARED: [&str; 9] = [
    "node:crypto.verify",
    "rsa crate in WASM",
    "keystile",
    "keystile, 1,000 keys",
    "fast-jwt",
    "jsonwebtoken",
    "jose",
    "keystile refuses wrong alg",
    "keystile refuses unknown kid",
];

const PASSED: Result<Outcome> = Ok(Outcome::Passed(None));

fn formatting(place: &Place) -> Result<Outcome> {
    process::run(place.cargo().args(["fmt", "--all", "--check"]))?;
    PASSED
}

fn boundaries(place: &Place) -> Result<Outcome> {
    if !structure::report(place)? {
        bail!("a boundary is crossed: see above");
    }
    PASSED
}

fn clippy(place: &Place) -> Result<Outcome> {
    process::run(place.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    PASSED
}

fn clippy_for_wasm(place: &Place) -> Result<Outcome> {
    // The npm package does without the standard library, which its tests and the worker link: together they would share
    // their crates' features.
    let parts: [&[&str]; 4] = [
        &["keystile-validator-npm"],
        &["keystile-validator-npm", "--tests"],
        &["keystile-worker", "--all-targets"],
        &["keystile-worker", "--all-targets", "--features", "vectors"],
    ];
    for part in parts {
        let how = ["--target", setup::WASM_TARGET, "--", "-D", "warnings"];
        process::run(place.cargo().args(["clippy", "--package"]).args(part).args(how))?;
    }
    PASSED
}

/// Every order of events, a simulation in small, random histories, and a crash at every step of every operation.
fn proof_of_rotation(place: &Place) -> Result<Outcome> {
    // The checker uses every core by itself.
    count_cases(programs::program(place, "proof")?.args(["--nocapture", "--test-threads=1"]))
}

/// The admin server turns on the validator's feature `aws-lc` for the whole workspace; without it, our own arithmetic is
/// behind every verdict.
fn validator_without_aws_lc(place: &Place) -> Result<Outcome> {
    count_cases(place.cargo().args(["test", "--package", "keystile-validator"]))
}

fn documentation(place: &Place) -> Result<Outcome> {
    let mut doc = place.cargo();
    doc.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps"]);
    process::run(&mut doc)?;
    PASSED
}

fn dependencies(place: &Place) -> Result<Outcome> {
    process::run(place.command(place.tool("cargo-deny")).args(["check", "bans", "licenses", "sources"]))?;
    PASSED
}

/// The advisories live in a git repository, which not every machine can reach; without it nothing can be said.
fn advisories(place: &Place) -> Result<Outcome> {
    let deny = || place.command(place.tool("cargo-deny"));
    if process::run(deny().args(["fetch", "db"])).is_err() {
        return Ok(Outcome::Skipped("the RustSec database cannot be fetched from here".into()));
    }
    process::run(deny().args(["check", "--disable-fetch", "advisories"]))?;
    PASSED
}

fn tests_in_wasm(place: &Place) -> Result<Outcome> {
    setup::edge_tools(place)?;
    let mut tests = place.cargo();
    tests.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", place.tool("wasm-bindgen-test-runner")).args([
        "test",
        "--lib",
        "--package",
        "keystile-validator-npm",
        "--target",
        setup::WASM_TARGET,
    ]);
    count_cases(&mut tests)
}

/// Every engine of the fastest build against BigInt arithmetic, in Node; and as on a machine that fuses nothing, where the
/// self-test has to find that out.
fn engines_in_wasm(place: &Place) -> Result<Outcome> {
    let module = build_parts::engines(place)?;
    let compare = |flags: &[&str], words: &[&str]| {
        let mut compare = place.command("node");
        compare.args(flags).arg("validator/rs256-bench/differential.mjs").arg(&module);
        process::run(compare.args(words))
    };
    compare(&[], &[MODULI, &SEED.to_string()])?;
    // V8 has this switch for x86-64 alone.
    if cfg!(target_arch = "x86_64") {
        compare(&["--no-enable-fma3"], &["4", &SEED.to_string(), "simd128"])?;
    }
    PASSED
}

/// Signatures judged by three other makes too; half a minute in the unoptimized build that the tests have made anyway.
fn other_makes(place: &Place) -> Result<Outcome> {
    let mut compare = place.cargo();
    compare.args(["run", "--quiet", "--package", "keystile-differential", "--", "--inputs", "20000"]);
    process::run(&mut compare)?;
    PASSED
}

/// Whether the vectors are what their generator writes; PKCS #1 v1.5 signs without randomness, so that it can tell.
fn vectors_as_generated(place: &Place) -> Result<Outcome> {
    let python = || place.command("python3");
    if !python()
        .args(["-c", "import cryptography"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
    {
        return Ok(Outcome::Skipped("python3 with the package `cryptography` is not here".into()));
    }
    process::run(python().args(["tests/vectors/generate.py", "--check"]))?;
    PASSED
}

/// That the comparison runs, with everybody in it; what it measures in so short a time means nothing.
fn comparison(place: &Place) -> Result<Outcome> {
    let mut bench = place.command(std::env::current_exe()?);
    let said =
        process::read(bench.args(["bench", "validator", "--quick", "--json", "--runtime", "node-22"]))?;
    let document: Value = serde_json::from_str(&said)?;
    for bits in ["2048", "3072", "4096"] {
        let rows = document.pointer(&format!("/runtimes/0/races/{bits}")).and_then(Value::as_array);
        let is_there = |name: &&str| rows.into_iter().flatten().any(|row| row["name"] == **name);
        if let Some(missing) = COMPARED.iter().find(|name| !is_there(name)) {
            bail!("`{missing}` is not in the comparison at {bits} bits");
        }
    }
    node_tests(place, "validator/bench/test")
}

fn end_to_end(place: &Place, program: &str) -> Result<Outcome> {
    end_to_end_cases(place, program, &[])
}

/// The same with programs of other makes that Python's index has.
fn beside_python(place: &Place, program: &str) -> Result<Outcome> {
    let missing = python::install(place)?;
    missing.map_or_else(|| end_to_end(place, program), |reason| Ok(Outcome::Skipped(reason)))
}

pub(super) fn end_to_end_cases(place: &Place, program: &str, cases: &[&str]) -> Result<Outcome> {
    let mut tests = programs::program(place, program)?;
    tests.env("RUST_LIB_BACKTRACE", "0");
    count_cases(tests.args(["--nocapture", "--test-threads=2"]).args(cases))
}

/// What README and docs tell people to type, typed.
fn documented_commands(place: &Place) -> Result<Outcome> {
    let is_here = |program: &&str| {
        let mut asked = place.command(program);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    if let Some(missing) = ["curl", "jq", "openssl"].into_iter().find(|program| !is_here(program)) {
        return Ok(Outcome::Skipped(format!("the pages use `{missing}`, which is not here")));
    }
    let passed = documented::run(place)?;
    Ok(Outcome::Passed(Some(Cases { passed, ..Cases::default() })))
}

fn gate_behind_proxies(place: &Place) -> Result<Outcome> {
    match proxies::install(place)? {
        Found::Missing(reason) => Ok(Outcome::Skipped(reason)),
        Found::Here(_) => end_to_end_cases(place, "gate", &["behind_nginx_and_envoy"]),
    }
}

fn node_tests(place: &Place, folder: &str) -> Result<Outcome> {
    count_cases(&mut node(place, folder))
}

pub(super) fn node(place: &Place, folder: &str) -> Command {
    let mut node = place.command("node");
    node.args(["--test", "--test-reporter=spec", &format!("{folder}/**/*.test.mjs")]);
    node
}

/// Runs a test program, shows what it says, and counts. A program that ran no case at all has proved nothing.
pub(super) fn count_cases(command: &mut Command) -> Result<Outcome> {
    let mut cases = Cases::default();
    let ended = process::watch(command, |line| {
        cases.count(line);
        progress::say(line);
    });
    ended.with_context(|| format!("{} of {} cases failed", cases.failed, cases.passed + cases.failed))?;
    if cases.passed == 0 {
        bail!("no case ran");
    }
    Ok(Outcome::Passed(Some(cases)))
}
