//! `cargo xtask bench revocation`: what revoking so many tokens takes, in each form and through the whole.
//!
//! The forms are measured natively, by an example of the validator's crate. The whole is a server, a KV and a worker in
//! real workerd on this machine: the KV here does not replicate, so that a real one adds its 60 s or more to every delay.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::build_parts::{self, Worker};
use crate::http::Client;
use crate::place::Place;
use crate::process;
use crate::progress::{Stopwatch, step};
use crate::setup;
use crate::system::{Behind, Edge, EdgeSettings, Folder, Settings, System, any_free_port, wait_until};

/// Measures the revocation of `count` sessions, and returns one figure or table after the other.
pub(super) fn measured(place: &Place, count: u32) -> Result<Value> {
    step("measuring the forms");
    let forms = forms(place, count)?;
    setup::edge_tools(place)?;
    build_parts::admin(place)?;
    build_parts::worker(place, Worker::Deployed)?;
    build_parts::worker(place, Worker::WithVectors)?;
    step("measuring the whole");
    let folder = place.target().join("bench-revocation");
    let _ = fs::remove_dir_all(&folder);
    let whole = whole(place, &folder, count)?;
    Ok(json!({ "revoked": count, "forms": forms, "whole": whole }))
}

fn forms(place: &Place, count: u32) -> Result<Vec<Value>> {
    let mut example = place.cargo();
    example.args(["run", "--quiet", "--release", "--package", "keystile-validator", "--features"]);
    example.args(["write-filters", "--example", "revocation", "--", &count.to_string()]);
    let said = process::read(&mut example)?;
    said.lines().map(|line| serde_json::from_str(line).context("the example printed no JSON")).collect()
}

/// Enough look-ups to take a good part of a second.
const LOOK_UPS: u32 = 4_000_000;
const ROUNDS: u32 = 7;
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A running system in which sessions are revoked.
struct Trial {
    system: System,
    client: Client,
}

fn whole(place: &Place, folder: &Path, count: u32) -> Result<Value> {
    let settings = Settings {
        folder: Folder::new(folder)?,
        edge_port: any_free_port()?,
        admin_port: any_free_port()?,
        issuer: "https://issuer.keystile.test".to_owned(),
        audience: "keystile-bench".to_owned(),
        behind: Behind::Echo,
        environment: vec![("KEYSTILE__EDGE__REFRESH_SECS".to_owned(), "1".to_owned())],
        edge_variables: Vec::new(),
    };
    let mut trial = Trial { system: System::start(place, &settings)?, client: Client::new() };
    let (listed, filtered, late) = (trial.token("listed")?, trial.token("filtered")?, trial.token("late")?);
    let good = trial.token("good")?;
    let before = resident_bytes();

    let of_one = trial.revoke(&["listed"], &listed)?;
    let file = folder.join("sessions.txt");
    write_sessions(&file, count, "filtered")?;
    let of_all =
        trial.revoke(&["--file", file.to_str().context("the folder's name is not UTF-8")?], &filtered)?;
    let after = resident_bytes();
    let of_one_more = trial.revoke(&["late"], &late)?;
    let good_status = trial.visit(&good)?;
    ensure!(good_status != 401, "a good token was refused");
    let status = trial.system.admin.ask(["revoke", "status"])?;
    let document =
        trial.client.get(&format!("{}/v1/issuers/main/key-set", trial.system.admin.url()), None)?.body;
    let roots = trial.system.admin.roots()?;
    // Its KV is opened by another worker now.
    drop(trial);
    Ok(json!({
        "look_up_in_workerd": look_up(place, &settings, &document, &roots)?,
        "one": of_one, "all": of_all, "one_more": of_one_more,
        "resident_bytes_of_workerd": { "before": before, "after": after },
        "status": status,
    }))
}

impl Trial {
    fn token(&self, sid: &str) -> Result<String> {
        let claim = format!("sid={sid}");
        let minted = self.system.admin.ask(["token", "mint", "--subject", "bench", "--claim", &claim])?;
        Ok(minted.get("token").and_then(Value::as_str).context("no token was minted")?.to_owned())
    }

    fn visit(&self, token: &str) -> Result<u16> {
        Ok(self.client.get(&format!("{}/", self.system.edge.url()), Some(token))?.status)
    }

    /// Revokes, and waits until the edge refuses `token`. In seconds since the command was begun: when it ended, and when
    /// the token was refused.
    fn revoke(&mut self, what: &[&str], token: &str) -> Result<Value> {
        ensure!(self.visit(token)? != 401, "the token is refused before it is revoked");
        let begun = Stopwatch::start();
        let told = self.system.admin.ask(["revoke", "session", "--reason", "bench"].iter().chain(what))?;
        let ended = begun.elapsed().as_secs_f64();
        wait_until("the edge to refuse a revoked token", || {
            self.system.still_running()?;
            Ok(self.visit(token)? == 401)
        })?;
        let refused = begun.elapsed().as_secs_f64();
        Ok(json!({ "seconds_to_commit": ended, "seconds_to_refusal": refused, "told": told }))
    }
}

/// What one look-up takes in workerd, in nanoseconds, with all filters of the set together: a request with many of them
/// against a request with none, the fastest of several each.
fn look_up(place: &Place, settings: &Settings, document: &str, roots: &Value) -> Result<Value> {
    let mut edge = Edge::start(
        place,
        &EdgeSettings {
            folder: settings.folder.clone(),
            worker: Worker::WithVectors,
            port: any_free_port()?,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            roots: roots.clone(),
            origin: NOWHERE.to_owned(),
            admin_url: NOWHERE.to_owned(),
            edge_token: String::new(),
            more: Vec::new(),
        },
    )?;
    edge.wait_until_it_answers()?;
    let (client, url) = (Client::new(), format!("{}/__vectors", edge.url()));
    let fastest = |look_ups: u32| -> Result<(f64, Value)> {
        let order = json!({ "look_ups": look_ups, "signed": document, "roots": roots });
        let (mut seconds, mut answer) = (f64::MAX, Value::Null);
        for _ in 0..ROUNDS {
            let begun = Stopwatch::start();
            answer = client.post(&url, None, &order)?.success()?;
            seconds = seconds.min(begun.elapsed().as_secs_f64());
        }
        Ok((seconds, answer))
    };
    let ((without, _), (with, answer)) = (fastest(0)?, fastest(LOOK_UPS)?);
    let nanoseconds = (with - without) * 1e9 / f64::from(LOOK_UPS);
    Ok(json!({ "nanoseconds": nanoseconds, "look_ups": LOOK_UPS, "answer": answer }))
}

fn write_sessions(file: &Path, count: u32, one_of_them: &str) -> Result<()> {
    let mut lines = BufWriter::new(File::create(file)?);
    writeln!(lines, "{one_of_them}")?;
    for number in 1..count {
        // As long as a UUID.
        writeln!(lines, "session-{number:028}")?;
    }
    Ok(lines.flush()?)
}

/// The memory of every workerd on this machine, as Linux counts it; 0 where it cannot be read.
fn resident_bytes() -> u64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
    let workerds = processes.filter(|process| {
        fs::read_to_string(process.join("comm")).is_ok_and(|name| name.trim_end() == "workerd")
    });
    let resident = |process: std::path::PathBuf| {
        let status = fs::read_to_string(process.join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    workerds.filter_map(resident).sum::<u64>() * 1024
}
