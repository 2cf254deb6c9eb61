//! What the gateway adds to a request: the worker in workerd beside jose, and the native gate behind nginx and Envoy
//! beside Envoy's own `jwt_authn`. `validator/bench/edge` measures; here everything is built before, and printed after.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::document::Machine;
use super::{machine, table};
use crate::build_parts::{self, Part, Worker};
use crate::place::Place;
use crate::progress::step;
use crate::proxies::{self, Found};
use crate::{process, setup};

/// What the referee reads.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Plan {
    folder: PathBuf,
    worker: PathBuf,
    npm: PathBuf,
    gate: PathBuf,
    /// `None` where they cannot be had.
    proxies: Option<BTreeMap<&'static str, PathBuf>>,
    absent: Option<String>,
    rounds: u32,
    warm_up: u32,
    /// Requests in a lap inside workerd.
    count: u32,
    /// Fresh processes for the start-up.
    fresh: u32,
}

/// What the referee prints.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    token_bytes: u32,
    rounds: u32,
    edge: Race,
    start_up: Vec<StartUp>,
    sizes: Vec<Size>,
    gates: Gates,
}

#[derive(Debug, Serialize, Deserialize)]
struct Race {
    #[serde(default)]
    runtime: String,
    requests_a_lap: u32,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Gates {
    Measured(Race),
    Absent { absent: String },
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    name: String,
    us: f64,
    added_us: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct StartUp {
    name: String,
    ms: f64,
    added_ms: f64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Size {
    name: String,
    bytes: u64,
    gzip: u64,
}

/// Everything, with what the figures depend on.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    machine: Machine,
    #[serde(flatten)]
    measured: Measured,
}

/// Builds, and measures. A quick run shows that everything runs, and its figures mean nothing.
pub(super) fn measured(place: &Place, rounds: u32, is_quick: bool) -> Result<Figures> {
    let folder = place.target().join("bench/edge");
    fs::create_dir_all(&folder)?;
    setup::edge_tools(place)?;
    build_parts::worker(place, Worker::Deployed)?;
    let (proxies, absent) = match proxies::install(place)? {
        Found::Here(found) => (Some(BTreeMap::from([("nginx", found.nginx), ("envoy", found.envoy)])), None),
        Found::Missing(reason) => (None, Some(reason)),
    };
    // Only a release is worth measuring; a quick run takes what the tests have built.
    let gate = if is_quick { place.keystile() } else { place.target().join("release/keystile") };
    if !is_quick && proxies.is_some() {
        build_parts::build(place, Part::Admin)?;
    }
    let (worker, npm) = (place.root().join("validator/worker/build"), place.npm());
    let (rounds, warm_up, count, fresh) = if is_quick { (1, 1, 20, 1) } else { (rounds, 5, 200, 11) };
    let file = folder.join("plan.json");
    let plan = Plan { folder, worker, npm, gate, proxies, absent, rounds, warm_up, count, fresh };
    fs::write(&file, serde_json::to_string(&plan)?)?;
    step("measuring");
    let said = process::read(
        place.command("node").arg(place.root().join("validator/bench/edge/main.mjs")).arg(file),
    )?;
    let measured = serde_json::from_str(&said).context("the referee printed no document")?;
    Ok(Figures { machine: machine::describe(place), measured })
}

impl Figures {
    /// The tables, as the command prints them.
    pub(super) fn text(&self) -> String {
        let Self { machine, measured } = self;
        let mut text = format!(
            "{}, {} cores, {}, on {}; tokens of {} bytes, RSA-2048, {} rounds; medians.\n",
            machine.cpu, machine.cores, machine.system, machine.date, measured.token_bytes, measured.rounds
        );
        let _ = write!(text, "\nA request inside {}\n\n{}", measured.edge.runtime, race(&measured.edge));
        let start_up = measured
            .start_up
            .iter()
            .map(|it| vec![it.name.clone(), table::short(it.ms), table::short(it.added_ms)]);
        let heads = ["ms from the start of workerd to the first good answer", "", "added"];
        let _ = write!(text, "\nStart-up\n\n{}", lines(heads, start_up));
        let sizes =
            measured.sizes.iter().map(|it| vec![it.name.clone(), it.bytes.to_string(), it.gzip.to_string()]);
        let _ = write!(text, "\nSizes\n\n{}", lines(["bytes", "raw", "with gzip"], sizes));
        let gates = match &measured.gates {
            Gates::Measured(gates) => race(gates),
            Gates::Absent { absent } => format!("Not measured: {absent}.\n"),
        };
        let _ = write!(text, "\nA request through nginx and Envoy, one at a time\n\n{gates}");
        text
    }
}

fn race(race: &Race) -> String {
    let added = |row: &Row| row.added_us.map_or(table::ABSENT.to_owned(), table::short);
    lines(
        ["us", "a request", "added"],
        race.rows.iter().map(|row| vec![row.name.clone(), table::short(row.us), added(row)]),
    )
}

fn lines(heads: [&str; 3], rows: impl Iterator<Item = Vec<String>>) -> String {
    let all: Vec<_> = std::iter::once(heads.map(String::from).to_vec()).chain(rows).collect();
    table::markdown(&all)
}
