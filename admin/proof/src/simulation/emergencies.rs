//! Emergencies: somebody has the active key, and presents its tokens everywhere until nobody takes them any more.

use anyhow::{Context, Result};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};

use super::world::World;

/// The thief goes on for so long after the bound.
const BEYOND_THE_BOUND_SECS: u64 = 60;
/// The longest pause of the thief at one isolate.
const LONGEST_PAUSE_SECS: u64 = 45;

/// Goes through so many emergencies, one after the other.
pub(super) async fn run(world: &mut World, emergencies: u64) -> Result<()> {
    // What the bound counts with; beyond it, nobody can promise anything.
    let store_bound = world.policy.propagation.kv_bound_secs;
    world.store.delay_up_to(store_bound);
    for _ in 0..emergencies {
        let token = stolen_token(world).await?;
        let warm_up = world.random.u64(1..120);
        present(world, &token, warm_up, None).await?;
        declare(world).await?;
        let declared_at = world.now();
        let duration = world.policy.propagation_bound_secs() + BEYOND_THE_BOUND_SECS;
        let last = present(world, &token, duration, Some(declared_at)).await?;
        world.figures.emergencies += 1;
        world.figures.seconds_to_last_refusal.push(last);
    }
    Ok(())
}

async fn stolen_token(world: &mut World) -> Result<String> {
    let kid = world.seen.active_kid.clone();
    world.signer.sign(&kid, world.now(), world.policy.longest_token_lifetime_secs())?;
    Ok(world.signer.last_of(&kid).context("nothing was signed")?.text.clone())
}

async fn declare(world: &mut World) -> Result<()> {
    let confirm = world.seen.active_kid.chars().take(8).collect();
    let order = EmergencyOrder { reason: "a laptop was stolen".to_owned(), confirm };
    emergency(world.server()?, &world.operator, &world.issuer, order).await?;
    world.look_at_the_server().await
}

/// Presents the token at every isolate, at each in a rhythm of its own. Returns how many seconds after `declared_at` it
/// was accepted for the last time, counted to the second after.
async fn present(world: &mut World, token: &str, secs: u64, declared_at: Option<u64>) -> Result<u64> {
    let isolates = world.regions.iter().map(|region| region.isolates.len()).enumerate();
    let places: Vec<_> =
        isolates.flat_map(|(region, count)| (0..count).map(move |isolate| (region, isolate))).collect();
    let pauses: Vec<_> = places.iter().map(|_| draw_pause(&mut world.random)).collect();
    let mut last = 0;
    for second in 0..secs {
        world.serve().await?;
        for ((region, isolate), pause) in places.iter().zip(&pauses) {
            if second % pause != 0 {
                continue;
            }
            let verdict = world.visit(*region, *isolate, token).await?;
            let Some(declared_at) = declared_at else { continue };
            let since = world.now() - declared_at;
            world.figures.revoked_presented += 1;
            if verdict.refusal.is_none() {
                last = last.max(since + 1);
                let is_late = since > world.policy.propagation_bound_secs();
                world.figures.revoked_accepted_after_bound += u64::from(is_late);
            }
        }
        world.pass(1);
    }
    Ok(last)
}

/// Half of the isolates are visited every second, the others now and then.
fn draw_pause(random: &mut fastrand::Rng) -> u64 {
    if random.bool() { 1 } else { random.u64(2..=LONGEST_PAUSE_SECS) }
}
