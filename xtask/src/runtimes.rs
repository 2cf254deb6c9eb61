//! The JavaScript runtimes that the npm package is tested and measured in, and where each is on this machine.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use crate::place::Place;
use crate::setup::{self, Browser};

/// All of them. `node-22` is the Node that the other commands use too.
pub const NAMES: [&str; 8] =
    ["node-22", "node-26", "node-20", "deno", "bun", "chromium", "firefox", "workerd"];

/// A runtime, as the JavaScript that opens it reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Runtime {
    /// One of `NAMES`, or what else answers as they do.
    pub name: &'static str,
    /// How it is opened.
    pub kind: Kind,
    /// The program, and the words between it and the script; none for workerd, which npm's packages find.
    pub program: Vec<PathBuf>,
}

/// How a runtime is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A program that is given a script.
    Process,
    /// Chromium, with a page.
    Chromium,
    /// Firefox, with a page.
    Firefox,
    /// workerd, with a worker.
    Workerd,
    /// Envoy, with two listeners.
    Envoy,
}

/// What npm has of them, installed for `find`, or why it cannot be.
#[derive(Debug)]
pub struct Installed(Result<(), String>);

/// Installs Node 26, Node 20, Deno and Bun. Each says for itself below whether it is there.
pub fn install(place: &Place) -> Installed {
    Installed(setup::runtimes(place).map_err(|error| format!("{error:#}")))
}

/// Finds one, or says why it is not here.
pub fn find(place: &Place, installed: &Installed, name: &'static str) -> Result<Runtime, String> {
    let runtime = |kind, program| Ok(Runtime { name, kind, program });
    let theirs = |path: &str, words: &[&str]| {
        let program = place.runtimes().join("node_modules").join(path);
        if !program.exists() {
            let reason = installed.0.clone().err();
            return Err(reason.unwrap_or_else(|| "npm has none for this machine".into()));
        }
        runtime(Kind::Process, std::iter::once(program).chain(words.iter().map(PathBuf::from)).collect())
    };
    let browser = |kind, found: Result<Browser>| match found.map_err(|error| format!("{error:#}"))? {
        Browser::At(path) => runtime(kind, vec![path]),
        Browser::Missing(reason) => Err(reason),
    };
    match name {
        // The one the other commands use: from npm where npm has one for this machine.
        "node-22" => runtime(Kind::Process, vec![Path::new("node").into()]),
        "node-26" => theirs("node-26/bin/node", &[]),
        "node-20" => theirs("node-20/bin/node", &[]),
        "deno" => theirs(".bin/deno", &["run", "--quiet", "--allow-all"]),
        "bun" => theirs("@oven/bun-linux-x64/bin/bun", &[]),
        "chromium" => browser(Kind::Chromium, setup::browser(place)),
        "firefox" => browser(Kind::Firefox, setup::firefox(place)),
        _ => runtime(Kind::Workerd, Vec::new()),
    }
}
