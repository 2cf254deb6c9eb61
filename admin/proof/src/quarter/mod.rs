//! A quarter of a year of a real server, under a clock that is moved on: rotations by the calendar, an emergency, a rollback, a
//! request that was refused, a broken glass, reviews of access, a legal hold. What comes of it is what an auditor is given: the
//! evidence pack as JSON and as a page, an export of the audit log, and the key to verify it with. And, more than a year later,
//! another export, of a log whose beginning was deleted.

mod days;
mod town;

use std::fs;
use std::path::Path;

use anyhow::Result;
use keystile_admin::domain::Timestamp;
use keystile_admin::evidence::{Period, page};
use keystile_admin::operations::audit_export::export;
use keystile_admin::operations::checkpoints;
use keystile_admin::operations::evidence::evidence;

use town::Town;

/// 2026-06-22: the server is there for nine days before the quarter begins.
const BEGIN: Timestamp = Timestamp::from_secs(1_782_086_400);
/// 2026-07-01.
const FROM: Timestamp = Timestamp::from_secs(1_782_864_000);
/// 2026-10-01.
const TO: Timestamp = Timestamp::from_secs(1_790_812_800);

/// Lives through the quarter, and writes into a folder: `evidence.json`, `evidence.html` and `audit.jsonl`; `audit-key.txt` and
/// `kept.note`, as they were kept before the quarter; and `aged.jsonl`, from when the quarter was deleted from the log.
pub async fn write(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let town = Town::found(BEGIN).await?;
    // What an auditor was given before, and keeps.
    town.live_until(FROM).await?;
    let key = checkpoints::key(&town.server, &town.auditor).await?;
    fs::write(folder.join("audit-key.txt"), format!("{}\n", key.verifier))?;
    fs::write(folder.join("kept.note"), &key.checkpoint)?;
    days::pass(&town).await?;
    town.live_until(TO.plus(9 * 3600)).await?;
    let pack = evidence(&town.server, &town.auditor, Period { from: FROM, to: TO }).await?;
    fs::write(folder.join("evidence.json"), serde_json::to_string_pretty(&pack)?)?;
    fs::write(folder.join("evidence.html"), page(&pack))?;
    let mut log = Vec::new();
    export(&town.server, &town.auditor, &mut log).await?;
    fs::write(folder.join("audit.jsonl"), log)?;
    days::age(&town).await?;
    let mut log = Vec::new();
    export(&town.server, &town.auditor, &mut log).await?;
    fs::write(folder.join("aged.jsonl"), log)?;
    town.server.close().await;
    Ok(())
}
