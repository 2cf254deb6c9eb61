//! Builds the parts: the npm package, the worker, the admin server.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::ValueEnum;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::place::Place;
use crate::progress::{say, step};
use crate::{process, setup, tools};

/// A part that can be built alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The npm package `@keystile/validator`, packable, in `validator/npm/dist`.
    Npm,
    /// The edge worker, in `validator/worker/build`.
    Worker,
    /// The admin server, the binary `keystile`.
    Admin,
    /// All three.
    All,
}

/// Which routes the worker has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    /// Those of the deployed worker.
    Deployed,
    /// Also the one that judges conformance vectors; never deployed.
    WithVectors,
}

/// The npm package runs wherever WebAssembly has SIMD: Node 16.4, Safari 16.4 and everything newer.
const WITH_SIMD: &str = r#"target.wasm32-unknown-unknown.rustflags=["-Ctarget-feature=+simd128"]"#;

/// workerd has relaxed SIMD too, and with it the fastest arithmetic.
const WITH_RELAXED_SIMD: &str =
    r#"target.wasm32-unknown-unknown.rustflags=["-Ctarget-feature=+simd128,+relaxed-simd"]"#;

/// A page downloads the npm package, so that its functions are put into one another only where they are small or say
/// `inline`, as the arithmetic does. That takes a twelfth off the download, and 2 % from the speed; to optimise for size
/// takes off no more, and makes a token more than ten times as dear.
const WITHOUT_COPIES: &str =
    r#"target.wasm32-unknown-unknown.rustflags=["-Cllvm-args=-inline-threshold=25"]"#;

/// Builds a part as it is released, with the tools it takes.
pub fn build(place: &Place, part: Part) -> Result<()> {
    // The console of the released server has the validator of the npm package in it.
    if part != Part::Worker {
        setup::wasm_target(place)?;
        setup::npm_packages(place)?;
        setup::cargo_tool(place, &tools::wasm_bindgen(place)?)?;
        npm(place)?;
    }
    if matches!(part, Part::Worker | Part::All) {
        setup::edge_tools(place)?;
        worker(place, Worker::Deployed)?;
    }
    if matches!(part, Part::Admin | Part::All) {
        step("building the admin server, for release");
        process::run(place.cargo().args(["build", "--release", "--package", "keystile-admin"]))?;
        say(&format!("    {}", place.target().join("release/keystile").display()));
    }
    Ok(())
}

/// Builds the npm package, which carries the fastest build and one for engines without relaxed SIMD.
pub fn npm(place: &Place) -> Result<()> {
    step("building the npm package");
    let source = place.root().join("validator/npm");
    let package = source.join("dist");
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    npm_wasm(place, &package.join("relaxed"), WITH_RELAXED_SIMD)?;
    npm_wasm(place, &package.join("simd"), WITH_SIMD)?;
    share_script(&package)?;
    for file in packaged(&source)? {
        fs::copy(&file, package.join(file.file_name().context("a path without a name")?))?;
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(place.root().join(licence), package.join(licence))?;
    }
    lay_into_console(&package, &place.root().join("www/dist"))
}

/// What the token inspector of the console loads: the package's entry for browsers, and what that imports.
const FOR_THE_CONSOLE: [&str; 12] = [
    "api.mjs",
    "browser.mjs",
    "clock.mjs",
    "desk.mjs",
    "keystile.js",
    "options.mjs",
    "revoked_lists.mjs",
    "runtime.mjs",
    "verdict_cache.mjs",
    "wasm.mjs",
    "relaxed/keystile_bg.wasm",
    "simd/keystile_bg.wasm",
];

fn lay_into_console(package: &Path, console: &Path) -> Result<()> {
    for name in FOR_THE_CONSOLE {
        let file =
            fs::read(package.join(name)).with_context(|| format!("the npm package has no `{name}`"))?;
        let to = console.join(name);
        // The admin server is built anew when a date here changes.
        if fs::read(&to).is_ok_and(|present| present == file) {
            continue;
        }
        fs::create_dir_all(to.parent().context("a path without a folder")?)?;
        fs::write(to, file)?;
    }
    Ok(())
}

/// Builds the npm package for the console's token inspector, where it was never built.
pub fn validator_of_the_console(place: &Place) -> Result<()> {
    if place.root().join("www/dist/browser.mjs").exists() {
        return Ok(());
    }
    setup::wasm_target(place)?;
    npm(place)
}

fn npm_wasm(place: &Place, folder: &Path, target_features: &str) -> Result<()> {
    let mut cargo = place.cargo();
    cargo.args([
        "build",
        "--profile",
        "wasm",
        "--package",
        "keystile-validator-npm",
        "--target",
        setup::WASM_TARGET,
        "--config",
        target_features,
        "--config",
        WITHOUT_COPIES,
    ]);
    process::run(&mut cargo)?;
    let mut bind = place.command(place.tool("wasm-bindgen"));
    // The entries name the module themselves; a second mention of it would have bundlers ship it twice.
    bind.args(["--target", "web", "--no-typescript", "--omit-default-module-path", "--out-name", "keystile"]);
    bind.arg("--out-dir").arg(folder);
    process::run(bind.arg(linked_npm(place)))?;
    let wasm = folder.join("keystile_bg.wasm");
    let mut optimise = place.command(place.npm_program("wasm-opt"));
    optimise.args(["-Oz", "--strip-debug", "--strip-producers"]);
    // What LLVM has left apart stays apart: put together, functions have more locals, and gzip finds less in common.
    optimise.arg("--one-caller-inline-max-function-size=0");
    process::run(optimise.arg(&wasm).arg("-o").arg(&wasm))?;
    inline(&wasm, &folder.join("inline.mjs"))?;
    say_size(&wasm)
}

/// What calls a module is the same for both builds, so that nobody downloads it twice.
fn share_script(package: &Path) -> Result<()> {
    let [relaxed, simd] = ["relaxed", "simd"].map(|build| package.join(build).join("keystile.js"));
    if fs::read(&relaxed)? != fs::read(&simd)? {
        bail!(
            "wasm-bindgen calls the two builds of the npm package differently; give each a script of its own"
        );
    }
    fs::rename(relaxed, package.join("keystile.js"))?;
    Ok(fs::remove_file(simd)?)
}

/// Where the linker leaves the npm package's WASM.
pub(crate) fn linked_npm(place: &Place) -> PathBuf {
    place.target().join(setup::WASM_TARGET).join("wasm/keystile_validator_npm.wasm")
}

/// Writes a module as the text of a script, for the entry that must not fetch anything.
fn inline(wasm: &Path, script: &Path) -> Result<()> {
    let text = BASE64_STANDARD.encode(fs::read(wasm)?);
    Ok(fs::write(script, format!("export default \"{text}\";\n"))?)
}

/// Builds the arithmetic alone, every engine of the fastest build, and says where it lies.
pub fn engines(place: &Place) -> Result<PathBuf> {
    step("building the RS256 engines");
    let mut cargo = place.cargo();
    cargo.current_dir(place.root().join("validator/rs256-bench"));
    cargo.args(["build", "--release", "--locked", "--target", setup::WASM_TARGET]);
    process::run(cargo.args(["--config", WITH_RELAXED_SIMD]))?;
    Ok(place.target().join(setup::WASM_TARGET).join("release/keystile_rs256_bench.wasm"))
}

/// What of the source folder goes into the package as it is: the manifest, the loaders, the types, the README.
fn packaged(source: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(source)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if [".mjs", ".d.ts", ".md", "package.json"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    Ok(files)
}

/// Builds the worker and says where its entry module lies, below the worker's folder.
pub fn worker(place: &Place, kind: Worker) -> Result<()> {
    let source = place.root().join("validator/worker");
    let mut build = place.command(place.tool("worker-build"));
    build
        .current_dir(&source)
        .env("WASM_BINDGEN_BIN", place.tool("wasm-bindgen"))
        .env("WASM_OPT_BIN", place.npm_program("wasm-opt"))
        .env("ESBUILD_BIN", place.npm_program("esbuild"))
        .args(["--profile", "wasm"]);
    let wasm = match kind {
        Worker::Deployed => {
            step("building the worker");
            build.args(["--", "--config", WITH_RELAXED_SIMD]);
            "build/index_bg.wasm"
        }
        Worker::WithVectors => {
            step("building the worker that judges conformance vectors");
            build.args([
                "--out-dir",
                "build/vectors",
                "--",
                "--features",
                "vectors",
                "--config",
                WITH_RELAXED_SIMD,
            ]);
            "build/vectors/index_bg.wasm"
        }
    };
    process::run(&mut build)?;
    say_size(&source.join(wasm))
}

/// Builds the admin server for this machine's developer: sooner ready than a release, and the console is read from
/// its folder, so that a change shows with the next page.
pub fn admin(place: &Place) -> Result<()> {
    step("building the admin server");
    process::run(place.cargo().args(["build", "--package", "keystile-admin"]))
}

/// Builds the example backend.
pub fn phone_manager(place: &Place) -> Result<()> {
    step("building the phone manager");
    process::run(place.cargo().args(["build", "--package", "phone-manager"]))
}

fn say_size(wasm: &Path) -> Result<()> {
    let mut raw = File::open(wasm).with_context(|| format!("nothing was built at `{}`", wasm.display()))?;
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let length = io::copy(&mut raw, &mut packed)?;
    let gzip = packed.finish()?.len();
    say(&format!("    {}: {length} bytes, {gzip} with gzip", wasm.display()));
    Ok(())
}
