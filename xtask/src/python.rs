//! Programs of other makes that Python's index has: verifiers, secrets managers, proxies, and what holds the server to its
//! description. They lie in one environment below the build folder.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::process;
use crate::progress::step;
use crate::setup::alone;

/// Installs them, unless they are there. Says why not, where Python is not here.
pub fn install(place: &Place) -> Result<Option<String>> {
    let wanted = place.root().join("xtask/python/requirements.txt");
    let environment = place.target().join("python");
    let (requirements, installed) = (fs::read_to_string(&wanted)?, environment.join("installed.txt"));
    let _alone = alone(&environment)?;
    if fs::read_to_string(&installed).is_ok_and(|it| it == requirements) {
        return Ok(None);
    }
    step("installing programs of other makes");
    // Cleared, because an installation cut short may lack its pip for good.
    let made = process::run(place.command("python3").args(["-m", "venv", "--clear"]).arg(environment));
    if let Err(error) = made {
        return Ok(Some(format!("python3 with `venv` is not here: {error:#}")));
    }
    let mut pip = place.command(place.python("pip"));
    pip.args([
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--only-binary",
        ":all:",
        "--no-deps",
        "-r",
    ]);
    process::run(pip.arg(wanted))?;
    // Written last, so that an installation cut short is not taken for a whole one.
    fs::write(installed, requirements)?;
    Ok(None)
}

/// Where the packages lie, once they are installed.
pub fn packages(place: &Place) -> Result<Option<PathBuf>> {
    let Ok(mut versions) = fs::read_dir(place.target().join("python/lib")) else { return Ok(None) };
    let version = versions.next().context("an installation without Python")??;
    Ok(Some(version.path().join("site-packages")))
}
