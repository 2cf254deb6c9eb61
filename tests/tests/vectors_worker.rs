//! The worker in workerd agrees with every conformance vector, like the other doors of the validator.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::build_parts::Worker;
use xtask::http::Client;
use xtask::place::Place;
use xtask::system::{Edge, EdgeSettings, Folder, any_free_port};

#[test]
fn the_worker_agrees_with_every_vector() -> Result<()> {
    let place = Place::find()?;
    let folder = TempDir::new()?;
    let edge = worker_with_vectors(&place, &folder)?;
    let client = Client::new();
    let mut disagreements = Vec::new();
    let vectors = vectors(&place)?;
    for path in &vectors {
        let vector: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        let answer = client.post(&format!("{}/__vectors", edge.url()), None, &vector)?;
        let verdict = answer.success().unwrap_or_else(|error| json!({ "error": error.to_string() }));
        if verdict != vector["expect"] {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            disagreements.push(format!("{name}: {verdict} instead of {}", vector["expect"]));
        }
    }
    println!("{} vectors judged in workerd", vectors.len());
    ensure!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    Ok(())
}

#[test]
fn the_worker_withstands_every_attack_on_a_reader() -> Result<()> {
    let place = Place::find()?;
    let folder = TempDir::new()?;
    let edge = worker_with_vectors(&place, &folder)?;
    let client = Client::new();
    let (mut disagreements, mut attacks) = (Vec::new(), 0);
    for path in json_files(&place, "tests/vectors/sequence")? {
        let row: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
        let Some(steps) = row["steps"].as_array() else { continue };
        attacks += 1;
        let outcomes = client.post(&format!("{}/__vectors", edge.url()), None, &row)?.success()?;
        for (number, step) in
            steps.iter().enumerate().filter(|(number, step)| outcomes[*number] != step["expect"])
        {
            disagreements.push(format!(
                "{}, step {number}: {}, not {}",
                path.display(),
                outcomes[number],
                step["expect"]
            ));
        }
    }
    println!("{attacks} attacks withstood in workerd");
    ensure!(attacks > 10, "only {attacks} attacks are here");
    ensure!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    Ok(())
}

fn vectors(place: &Place) -> Result<Vec<PathBuf>> {
    let vectors = json_files(place, "tests/vectors")?;
    ensure!(vectors.len() > 50, "only {} vectors are here", vectors.len());
    Ok(vectors)
}

fn json_files(place: &Place, folder: &str) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(place.root().join(folder))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut vectors: Vec<_> =
        paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == "json")).collect();
    vectors.sort();
    Ok(vectors)
}

/// Nothing stands behind this worker: it only judges.
fn worker_with_vectors(place: &Place, folder: &TempDir) -> Result<Edge> {
    let nowhere = "http://127.0.0.1:9";
    let settings = EdgeSettings {
        folder: Folder::new(folder.path())?,
        worker: Worker::WithVectors,
        port: any_free_port()?,
        issuer: "https://issuer.example".to_owned(),
        audience: "api.example".to_owned(),
        roots: some_root(place)?,
        origin: nowhere.to_owned(),
        admin_url: nowhere.to_owned(),
        edge_token: String::new(),
        more: Vec::new(),
    };
    let mut edge = Edge::start(place, &settings)?;
    edge.wait_until_it_answers()?;
    Ok(edge)
}

/// The worker does not start without a root to trust; any will do.
fn some_root(place: &Place) -> Result<Value> {
    for path in vectors(place)? {
        let vector: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
        let expected = &vector["expect"]["ok"];
        if let Some(roots) = vector["key_set"].get("roots").filter(|_| *expected == true) {
            return Ok(roots.clone());
        }
    }
    None.context("no vector has a root key")
}
