//! Prometheus' own checker of metrics and rules. Debian has it; the package is unpacked below the build folder, because
//! installing it would start a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::process;
use crate::progress::step;

/// promtool, or none.
#[derive(Clone, Debug)]
pub enum Promtool {
    /// It is here.
    At(PathBuf),
    /// It is not, for this reason.
    Missing(String),
}

/// Finds promtool, or fetches Debian's.
pub fn promtool(place: &Place) -> Result<Promtool> {
    let folder = place.target().join("prometheus");
    let unpacked = folder.join("usr/bin/promtool");
    let candidates = [PathBuf::from("promtool"), unpacked.clone()];
    if let Some(program) = candidates.into_iter().find(|program| answers(program)) {
        return Ok(Promtool::At(program));
    }
    if !Path::new("/usr/bin/apt-get").exists() {
        return Ok(Promtool::Missing("no promtool here, and no Debian to fetch it from".into()));
    }
    step("fetching promtool");
    fs::create_dir_all(&folder)?;
    if let Err(error) = fetch(place, &folder) {
        return Ok(Promtool::Missing(format!("promtool cannot be fetched: {error:#}")));
    }
    match answers(&unpacked) {
        true => Ok(Promtool::At(unpacked)),
        false => Ok(Promtool::Missing("Debian's promtool does not run here".into())),
    }
}

fn answers(program: &Path) -> bool {
    let asked = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|it| it.success())
}

fn fetch(place: &Place, folder: &Path) -> Result<()> {
    let download = || {
        let mut apt = place.command("apt-get");
        process::run(apt.current_dir(folder).args(["download", "-qq", "prometheus"]))
    };
    if download().is_err() {
        // The lists of a fresh container are empty, and only root may fetch them.
        process::run(place.command("apt-get").args(["update", "-qq"]))?;
        download()?;
    }
    let packages = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let package = packages.into_iter().find(|path| path.extension().is_some_and(|it| it == "deb"));
    let Some(package) = package else { bail!("apt-get left no package behind") };
    process::run(place.command("dpkg-deb").arg("--extract").arg(&package).arg(folder))
        .context("cannot unpack it")?;
    Ok(fs::remove_file(package)?)
}
