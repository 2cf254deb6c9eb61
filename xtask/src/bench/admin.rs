//! `cargo xtask bench admin`: tokens signed a second on one core beside the bare signature, and how long reads wait.
//!
//! Who signs has the first core to himself, whoever asks the second: `admin/benches/load.rs` is both.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::document::Machine;
use super::{machine, table};
use crate::build_parts::{self, Part};
use crate::http::Client;
use crate::place::Place;
use crate::process::{self, Service};
use crate::progress::step;
use crate::system::{any_free_port, wait_until};

/// As many as share a change, twice over: while one half is signed for, the other asks.
const MINTING: &str = "128";
/// What the target is stated for.
const READERS: &str = "100";

/// Answers a second, and how long one was waited for.
#[derive(Debug, Serialize, Deserialize)]
struct Waited {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

#[derive(Debug, Deserialize)]
struct Bare {
    per_second: f64,
}

/// Everything, with what the figures depend on.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    machine: Machine,
    /// Signatures of aws-lc-rs alone, on the same core: before, between and after.
    bare_per_second: [f64; 3],
    engine: Waited,
    over_http: Waited,
    reads: Waited,
}

/// Builds for release, and measures. A quick run shows that everything runs, and its figures mean nothing.
pub(super) fn measured(place: &Place, is_quick: bool) -> Result<Figures> {
    build_parts::build(place, Part::Admin)?;
    let load = build_load(place)?;
    let folder = place.target().join("bench/admin");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let address = format!("127.0.0.1:{}", any_free_port()?);
    let keystile = place.target().join("release/keystile");
    let on_core = |core: &str, program: &PathBuf| {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(program);
        command.env("KEYSTILE__DATA", folder.join("data")).env("KEYSTILE__LISTEN", &address);
        command.env("KEYSTILE__LOG__FILTER", "warn");
        command
    };
    let made = process::read(on_core("0", &keystile).args(["init", "--json"]))?;
    let made: Value = serde_json::from_str(&made)?;
    let token = made.get("admin_token").and_then(Value::as_str).context("no token was made")?;
    let seconds = if is_quick { "0.2" } else { "10" };
    let bare =
        || Ok::<_, anyhow::Error>(read::<Bare>(on_core("0", &load).args(["sign", seconds]))?.per_second);
    step("measuring");
    let before = bare()?;
    let engine = read(on_core("0", &load).args(["mint", MINTING, seconds]))?;
    let between = bare()?;
    let server =
        Service::start("admin server", on_core("0", &keystile).arg("serve"), &folder.join("admin.log"))?;
    let (url, client) = (format!("http://{address}"), Client::new());
    wait_until("the admin server to be ready", || {
        Ok(client.get(&format!("{url}/readyz"), None).is_ok_and(|it| it.status == 200))
    })?;
    let asked = |kind: &str, clients: &str| {
        read(
            on_core("1", &load)
                .args([kind, url.as_str(), clients, seconds])
                .env("KEYSTILE_BENCH_TOKEN", token),
        )
    };
    let over_http = asked("tokens", MINTING)?;
    let reads = asked("reads", READERS)?;
    server.kill();
    let machine = machine::describe(place);
    Ok(Figures { machine, bare_per_second: [before, between, bare()?], engine, over_http, reads })
}

fn build_load(place: &Place) -> Result<PathBuf> {
    let mut build = place.cargo();
    build.args(["build", "--release", "--package", "keystile-admin", "--bench", "load"]);
    build.args(["--message-format", "json-render-diagnostics"]);
    let said = process::read(&mut build)?;
    let messages = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|it| it.pointer("/target/name").is_some_and(|name| name == "load"));
    let program = programs.find_map(|it| Some(it.get("executable")?.as_str()?.into()));
    program.context("cargo did not say where it has put `load`")
}

fn read<T: for<'a> Deserialize<'a>>(command: &mut Command) -> Result<T> {
    serde_json::from_str(&process::read(command)?).context("`load` printed no figures")
}

impl Figures {
    /// The table, as the command prints it.
    pub(super) fn text(&self) -> String {
        let machine = &self.machine;
        let mut bare = self.bare_per_second;
        bare.sort_unstable_by(f64::total_cmp);
        let bare = bare[1];
        let mut text = format!(
            "{}, {} cores, {}, on {}; RSA-2048; who signs on one core, whoever asks on another.\n\n",
            machine.cpu, machine.cores, machine.system, machine.date
        );
        let ratio = |it: &Waited| format!("{:.2}", it.per_second / bare);
        let row = |name: &str, it: &Waited, ratio: String| {
            let waited = [it.p50_ms, it.p99_ms, it.max_ms].map(table::short);
            [vec![name.to_owned(), table::short(it.per_second), ratio], waited.to_vec()].concat()
        };
        let heads = ["", "a second", "of the bare signature", "p50 ms", "p99 ms", "longest ms"];
        let lone =
            ["aws-lc-rs, the bare signature", &table::short(bare), "1.00", "–", "–", "–"].map(str::to_owned);
        let rows = [
            heads.map(str::to_owned).to_vec(),
            lone.to_vec(),
            row("tokens of the engine, 128 callers", &self.engine, ratio(&self.engine)),
            row("tokens over HTTP, 128 clients", &self.over_http, ratio(&self.over_http)),
            row("reads over HTTP, 100 clients", &self.reads, table::ABSENT.to_owned()),
        ];
        let _ = write!(text, "{}", table::markdown(&rows));
        text
    }
}
