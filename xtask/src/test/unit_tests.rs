//! The tests of every package, without those of the running system and of the proof, which are checks of their own.

use anyhow::Result;
use serde_json::Value;

use super::Outcome;
use super::checks::count_cases;
use crate::place::Place;
use crate::process;

const CHECKED_ALONE: [&str; 2] = ["keystile-tests", "keystile-proof"];

pub(super) fn run(place: &Place) -> Result<Outcome> {
    // The whole workspace is selected, as everywhere: without these two packages cargo would choose other features, and
    // compile every dependency once more.
    let mut tests = place.cargo();
    tests.args(["test", "--workspace", "--lib", "--bins", "--examples"]);
    for program in programs(place)? {
        tests.args(["--test", &program]);
    }
    let mut examples = place.cargo();
    examples.args(["test", "--workspace", "--doc"]);
    Ok(count_cases(&mut tests)?.and(count_cases(&mut examples)?))
}

/// The test programs of the other packages.
fn programs(place: &Place) -> Result<Vec<String>> {
    let said = process::read(place.cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&said)?;
    let items =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let packages = items(&metadata, "packages").into_iter();
    let packages = packages.filter(|package| !CHECKED_ALONE.iter().any(|name| package["name"] == **name));
    let targets = packages.flat_map(|package| items(&package, "targets"));
    let programs = targets.filter(|target| target.pointer("/kind/0").is_some_and(|kind| kind == "test"));
    Ok(programs.filter_map(|program| program.get("name")?.as_str().map(str::to_owned)).collect())
}
