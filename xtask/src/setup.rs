//! Installs what is missing, and only that: under the build folder, never system-wide.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::process;
use crate::progress::step;
use crate::tools::{self, CargoTool};

/// The target that npm package and worker are built for.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// wrangler runs on nothing older.
const OLDEST_NODE: (u32, u32) = (22, 12);

/// Everything that building a WASM part and running workerd take.
pub fn edge_tools(place: &Place) -> Result<()> {
    wasm_target(place)?;
    npm_packages(place)?;
    cargo_tool(place, &tools::wasm_bindgen(place)?)?;
    cargo_tool(place, &tools::worker_build())
}

/// Adds the formatter and clippy to the toolchain where they are missing.
pub fn checkers(place: &Place) -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        let asked = place.cargo().args([subcommand, "--version"]).stderr(Stdio::null()).output()?;
        if !asked.status.success() {
            step(&format!("adding {component} to the toolchain"));
            process::run(place.command("rustup").args(["component", "add", component]))
                .context("add it with the tool that installed Rust, then try again")?;
        }
    }
    Ok(())
}

/// Adds the WASM target to the toolchain. Where rustup may install by itself it has done so already; where it may
/// not, nobody else does. A toolchain that did not come from rustup must bring the target along.
pub fn wasm_target(place: &Place) -> Result<()> {
    let root =
        process::read(place.command("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]))?;
    if Path::new(root.trim()).exists() {
        return Ok(());
    }
    step(&format!("adding the Rust target {WASM_TARGET}"));
    process::run(place.command("rustup").args(["target", "add", WASM_TARGET]))
        .context("add the target with the tool that installed Rust, then try again")
}

/// Installs the npm packages that building and most tests take, and a Node that is new enough with them.
pub fn npm_packages(place: &Place) -> Result<()> {
    if npm_ci(place, &place.root().join("xtask"), &place.npm())? {
        check_node(place)?;
    }
    Ok(())
}

/// Installs the runtimes, bundlers and frameworks that the npm package must get on with.
pub fn runtimes(place: &Place) -> Result<()> {
    npm_ci(place, &place.root().join("xtask/runtimes"), &place.runtimes()).map(|_| ())
}

/// Installs the PostgreSQL that tests start for themselves, where npm has one for this machine.
pub fn postgres(place: &Place) -> Result<()> {
    npm_ci(place, &place.root().join("xtask/postgres"), &place.postgres()).map(|_| ())
}

/// Installs what the lock file in `sources` names, unless it is there. Says whether it was not.
fn npm_ci(place: &Place, sources: &Path, folder: &Path) -> Result<bool> {
    let _alone = alone(folder)?;
    let lock = fs::read_to_string(sources.join("package-lock.json"))?;
    let installed = folder.join("installed.json");
    if fs::read_to_string(&installed).is_ok_and(|it| it == lock) {
        return Ok(false);
    }
    step(&format!("installing the npm packages of {}", sources.display()));
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(sources.join(file), folder.join(file))?;
    }
    // No package's script is run: none of ours needs one.
    let mut npm = place.command("npm");
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    process::run(&mut npm)
        .context("cannot install the npm packages; Node 20 or newer with npm must be there")?;
    // Written last, so that an installation cut short is not taken for a whole one.
    fs::write(installed, lock)?;
    Ok(true)
}

/// Waits until no other process installs into this folder, and keeps others out while what it returns lives: checks run beside
/// each other, and people in two terminals.
pub(crate) fn alone(folder: &Path) -> Result<File> {
    let lock = folder.with_added_extension("lock");
    fs::create_dir_all(folder)?;
    let file = File::create(&lock).with_context(|| format!("cannot write `{}`", lock.display()))?;
    let locked = match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            step(&format!("waiting for another process, which installs into {}", folder.display()));
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
        Ok(()) => Ok(()),
    };
    locked.with_context(|| format!("cannot lock `{}`", lock.display()))?;
    Ok(file)
}

fn check_node(place: &Place) -> Result<()> {
    let version = process::read(place.command("node").arg("--version"))?;
    let mut numbers = version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < OLDEST_NODE {
        let (major, minor) = OLDEST_NODE;
        bail!(
            "node `{}` is too old and npm has none for this machine; install {major}.{minor} or newer",
            version.trim()
        );
    }
    Ok(())
}

/// Installs a tool unless it is there in the right version.
pub fn cargo_tool(place: &Place, tool: &CargoTool) -> Result<()> {
    let _alone = alone(&place.tools())?;
    if is_installed(place, tool) {
        return Ok(());
    }
    step(&format!("building {} {} (once)", tool.package, tool.version));
    let mut install = place.cargo();
    // The tools run for seconds, so they are built quickly rather than well, and share what they have in common.
    install
        .args(["install", tool.package, "--version", &tool.version, "--force", "--root"])
        .arg(place.tools())
        .arg("--target-dir")
        .arg(place.tools().join("build"))
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
    process::run(&mut install)
}

fn is_installed(place: &Place, tool: &CargoTool) -> bool {
    let asked = Command::new(place.tool(tool.program)).arg("--version").stderr(Stdio::null()).output();
    asked.is_ok_and(|answer| {
        String::from_utf8_lossy(&answer.stdout).split_whitespace().any(|word| word == tool.version)
    })
}

/// A browser, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Browser {
    /// It is here.
    At(PathBuf),
    /// There is none, for this reason.
    Missing(String),
}

/// Chromium, in which the console's tests run too.
pub fn browser(place: &Place) -> Result<Browser> {
    let programs = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    found_or_installed(place, "chromium", &programs)
}

/// Firefox.
pub fn firefox(place: &Place) -> Result<Browser> {
    found_or_installed(place, "firefox-esr", &["/usr/bin/firefox-esr", "/usr/bin/firefox"])
}

/// Finds a browser, or installs Debian's when that is possible: browsers alone do not go into the build folder.
fn found_or_installed(place: &Place, package: &str, programs: &[&str]) -> Result<Browser> {
    let _alone = alone(&place.target().join("browsers"))?;
    let found = || programs.iter().map(PathBuf::from).find(|path| path.exists());
    if let Some(path) = found() {
        return Ok(Browser::At(path));
    }
    if !nix::unistd::geteuid().is_root() || !Path::new("/usr/bin/apt-get").exists() {
        return Ok(Browser::Missing(format!("no {package} here, and only root can install Debian's")));
    }
    step(&format!("installing {package}"));
    let apt = |arguments: &[&str]| {
        process::run(place.command("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
    };
    let installed = apt(&["update", "-qq"])
        .and_then(|()| apt(&["install", "-qq", "--yes", "--no-install-recommends", package]));
    Ok(match (installed, found()) {
        (Ok(()), Some(path)) => Browser::At(path),
        (Err(error), _) => Browser::Missing(format!("{package} cannot be installed: {error:#}")),
        (Ok(()), None) => Browser::Missing(format!("Debian's {package} is not where it should be")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_installs_keeps_others_out_until_it_has_ended() {
        let above = tempfile::TempDir::new().unwrap();
        let folder = above.path().join("python");
        let first = alone(&folder).unwrap();
        let lock = File::open(above.path().join("python.lock")).unwrap();
        assert!(matches!(lock.try_lock(), Err(TryLockError::WouldBlock)));
        drop(first);
        lock.try_lock().unwrap();
    }
}
