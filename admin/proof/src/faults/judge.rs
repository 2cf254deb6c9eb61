//! What must hold after each fault, and at the end.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use keystile_validator::{Limits, RootKeys, SignedKeySet, UnverifiedKeySet};
use serde_json::Value;

use super::Figures;
use super::house::FaultyHouse;
use super::ledger::Ledger;

/// One key signs, and the audit log holds.
pub(super) fn state(house: &FaultyHouse) -> Result<()> {
    let keys = house.admin.ask(["keys", "list"])?;
    let keys = keys.get("keys").and_then(Value::as_array).context("no keys")?;
    let active = keys.iter().filter(|key| key.get("state").and_then(Value::as_str) == Some("active")).count();
    ensure!(active == 1, "{active} keys are active");
    let verified = house.admin.ask(["audit", "verify"])?;
    ensure!(verified.get("ok") == Some(&Value::Bool(true)), "the audit log does not hold: {verified}");
    Ok(())
}

/// What was answered is there, once; what was written to the store only rose.
pub(super) fn everything(house: &FaultyHouse, ledger: &Ledger, figures: &mut Figures) -> Result<()> {
    state(house)?;
    let entries = entries(house)?;
    each_answer_has_its_entry(ledger, &entries)?;
    figures.happened_unanswered = each_token_is_there_once(house, ledger)?;
    figures.version = published(house)?;
    for (what, _) in &ledger.answered {
        *figures.answered.entry(what).or_default() += 1;
    }
    figures.unanswered = ledger.unanswered;
    figures.refused = ledger.refused.clone();
    figures.written = house.store.key_sets().len();
    figures.entries = entries.len();
    Ok(())
}

/// Every entry of the audit log, from an export that holds by itself.
fn entries(house: &FaultyHouse) -> Result<Vec<Value>> {
    let folder = crate::house::temporary_folder()?;
    let file = folder.path().join("audit.jsonl");
    let name = file.to_str().context("a strange folder")?;
    house.admin.ask(["audit", "export", "--to", name])?;
    house.admin.ask(["audit", "verify", name])?;
    let text = std::fs::read_to_string(&file)?;
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let texts = lines.filter_map(|line| line.pointer("/entry/text")?.as_str().map(str::to_owned));
    texts.map(|text| serde_json::from_str(&text).context("an entry is not JSON")).collect()
}

fn each_answer_has_its_entry(ledger: &Ledger, entries: &[Value]) -> Result<()> {
    let of_requests: BTreeSet<_> =
        entries.iter().filter_map(|entry| entry.get("request_id")?.as_str()).collect();
    for (what, request) in &ledger.answered {
        ensure!(
            of_requests.contains(request.as_str()),
            "{what} was answered ({request}), and is not in the log"
        );
    }
    Ok(())
}

/// Returns how many are there whose making was never answered.
fn each_token_is_there_once(house: &FaultyHouse, ledger: &Ledger) -> Result<u64> {
    let mut there: BTreeMap<String, u32> = BTreeMap::new();
    let listed = house.admin.ask(["api-token", "list"])?;
    for token in listed.get("api_tokens").and_then(Value::as_array).context("no API tokens")? {
        let label = token.get("label").and_then(Value::as_str).context("no label")?;
        *there.entry(label.to_owned()).or_default() += 1;
    }
    for label in &ledger.tokens {
        let times = there.get(label).copied().unwrap_or_default();
        ensure!(times == 1, "`{label}` was answered for, and is there {times} times");
    }
    let unanswered = ledger.unknown.iter().filter_map(|label| there.get(label));
    unanswered.map(|times| ensure_once(*times)).sum()
}

fn ensure_once(times: u32) -> Result<u64> {
    ensure!(times == 1, "what nobody was answered for happened {times} times");
    Ok(1)
}

/// Every key set that was ever written is genuine, no version has two, none is below the one before, and the last one is
/// the server's newest.
fn published(house: &FaultyHouse) -> Result<u64> {
    let roots = RootKeys::from_jwks(house.admin.roots()?.to_string().as_bytes())?;
    let mut last: Option<(u64, Vec<u8>)> = None;
    for document in house.store.key_sets() {
        let set: SignedKeySet = UnverifiedKeySet::parse(&document, &Limits::default())?.verify(&roots)?;
        let version = set.version();
        if let Some((before, bytes)) = &last {
            ensure!(version >= *before, "version {version} was written after {before}");
            ensure!(
                version > *before || *bytes == document,
                "version {version} was written twice, differently"
            );
        }
        last = Some((version, document));
    }
    let (version, _) = last.context("nothing was published")?;
    ensure!(
        house.issuer()?.get("version").and_then(Value::as_u64) == Some(version),
        "the newest is not there"
    );
    Ok(version)
}
