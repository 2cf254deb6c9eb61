//! The real server, a process of its own, under load: killed by `kill -9` again and again, its disk filled up, its disk gone
//! read-only. What it answered must be there afterwards, once, and what it published must only rise.

mod disk;
mod figures;
mod house;
mod judge;
mod ledger;
mod load;

use std::time::Duration;

use anyhow::{Context, Result};

pub use disk::{DiskFigures, disk_faults, may_mount};
pub use figures::Figures;
use house::FaultyHouse;
use load::Load;

/// The longest that the server works before it is killed.
const LONGEST_LIFE_MS: u64 = 1_200;
/// An answer that was lost is known to be lost when its request can no longer be at work.
const AT_WORK: Duration = Duration::from_secs(62);

/// What to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often the server is killed.
    pub kills: u32,
    /// Draws the instants.
    pub seed: u64,
    /// Whether whoever got no answer asks once more at the end, which takes a minute.
    pub asks_again: bool,
}

/// Kills the server as often as the plan says, and judges what is left after each time.
pub async fn kill_under_load(plan: Plan) -> Result<Figures> {
    let mut house = FaultyHouse::build(None).await?;
    let mut dice = fastrand::Rng::with_seed(plan.seed);
    let load = Load::begin(&house.door(), plan.seed);
    let mut figures = Figures::default();
    for kill in 1..=plan.kills {
        tokio::time::sleep(Duration::from_millis(dice.u64(1..LONGEST_LIFE_MS))).await;
        house.admin.kill();
        figures.kills += 1;
        house.start().await.with_context(|| format!("after kill {kill}"))?;
        judge::state(&house).with_context(|| format!("after kill {kill}"))?;
    }
    let mut ledger = load.end()?;
    if plan.asks_again {
        tokio::time::sleep(AT_WORK).await;
        ledger.ask_again(&house.door())?;
    }
    house.until_all_is_pushed().await?;
    judge::everything(&house, &ledger, &mut figures)?;
    Ok(figures)
}
