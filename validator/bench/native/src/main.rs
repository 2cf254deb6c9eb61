//! The native contestants: `keystile-bench-native MATERIAL` answers laps by the line, as `tracks/process.mjs` does.

extern crate alloc;

mod contestants;
#[path = "../../../src/rs256/public_operation/mod.rs"]
#[allow(dead_code, unfulfilled_lint_expectations, reason = "what is used of it differs from the validator")]
mod public_operation;

use std::io::{self, BufRead, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use contestants::{Contestant, Material};
use keystile_validator::UnixTime;
use serde::Deserialize;
use serde_json::json;

/// Inputs that are not timed, at the start of each lap, so that a process that slept is awake.
const AWAKE: usize = 8;

#[derive(Deserialize)]
struct Lap {
    name: String,
    bits: u32,
    count: usize,
}

fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("say where the material lies")?;
    let material: Material = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let now = UnixTime::from_secs(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    let mut contestants = contestants::prepare(&material, now)?;
    let mut present: Vec<_> =
        contestants.iter().map(|it| json!({ "name": it.name, "kind": it.kind })).collect();
    present.dedup();
    answer(&json!({
        "version": "native programs",
        "engine": keystile_validator::engine(),
        "present": present,
        "absent": {},
    }))?;
    for line in io::stdin().lock().lines() {
        let Lap { name, bits, count } = serde_json::from_str(&line?)?;
        let mut named = contestants.iter_mut().filter(|it| it.bits == bits && it.name == name);
        let us = lap(named.next().context("nobody of this name")?, count)?;
        answer(&json!({ "us": us }))?;
    }
    Ok(())
}

/// Microseconds an input.
fn lap(contestant: &mut Contestant, count: usize) -> Result<f64> {
    contestant.run(count.min(AWAKE))?;
    let start = Instant::now();
    contestant.run(count)?;
    Ok(start.elapsed().as_secs_f64() * 1e6 / count as f64)
}

fn answer(value: &serde_json::Value) -> Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{value}")?;
    Ok(output.flush()?)
}
