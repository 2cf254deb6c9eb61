//! Rotations and emergencies of the real server and the real edge, under a clock that the simulation moves.
//!
//! Real: the server's operations, its steward, its publisher with its HTTP client, its SQLite database; the validator; the
//! worker's keyring and its rhythm of reading and reporting. Given: time, dice, and keys from a pool. A stand-in: the
//! store of the edge (`store`), because the real one cannot be told how late to be.

mod edge;
mod emergencies;
mod figures;
mod rotations;
mod signer;
mod store;
mod world;

pub use figures::Figures;

use anyhow::{Result, ensure};
use keystile_admin::domain::Policy;

use crate::house::{Foundation, KeyPool};
use store::SlowStore;
use world::{REGIONS, Stage, World};

/// Rotations that one world goes through before the next begins with the same keys.
const ROTATIONS_PER_WORLD: u64 = 20;
/// The same of emergencies.
const EMERGENCIES_PER_WORLD: u64 = 10;

/// What to simulate.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many gradual rotations.
    pub rotations: u64,
    /// How many emergencies.
    pub emergencies: u64,
    /// Any number; the same one gives the same figures.
    pub seed: u64,
}

/// The first key of every world has signed nothing that lives long, so that its retire window is its successor's.
fn short_lived() -> Policy {
    Policy { access_token_expiry_secs: 60, refresh_token_expiry_secs: 60, ..Policy::default() }
}

/// Runs a plan.
pub async fn simulate(plan: Plan) -> Result<Figures> {
    let needed = plan.rotations.min(ROTATIONS_PER_WORLD).max(plan.emergencies.min(EMERGENCIES_PER_WORLD));
    let pool = KeyPool::make(usize::try_from(needed)? + 1)?;
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let store = SlowStore::start(REGIONS, random.fork()).await?;
    let foundation = Foundation::lay(&pool, short_lived()).await?;
    let stage = Stage { pool, foundation, store };
    let mut figures = Figures::default();
    for batch in batches(plan.rotations, ROTATIONS_PER_WORLD) {
        let mut world = World::begin(&stage, random.fork()).await?;
        rotations::run(&mut world, batch).await?;
        figures.add(&world.figures);
    }
    for batch in batches(plan.emergencies, EMERGENCIES_PER_WORLD) {
        let mut world = World::begin(&stage, random.fork()).await?;
        emergencies::run(&mut world, batch).await?;
        figures.add(&world.figures);
    }
    ensure!(figures.rotations == plan.rotations, "only {} rotations came to their end", figures.rotations);
    Ok(figures)
}

fn batches(total: u64, size: u64) -> impl Iterator<Item = u64> {
    (0..total).step_by(usize::try_from(size).unwrap_or(1)).map(move |begun| size.min(total - begun))
}
