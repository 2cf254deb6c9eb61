//! Gradual rotations, with traffic throughout, a store that is later than its bound, and a server that is restarted.

use anyhow::{Result, ensure};
use keystile_admin::operations::{RotationStage, issuers, rotation};
use keystile_admin::settings::IssuerChange;

use super::world::World;

/// The longest delay of a region: twice what the propagation bound counts with, so that only confirmation helps.
const LONGEST_DELAY_SECS: u64 = 120;
/// The part of rotations in which the server is stopped for a while, in percent.
const RESTARTED_PERCENT: u8 = 15;
/// For so long after a change time passes second by second.
const EVENTFUL_SECS: u64 = 30;
/// How often somebody makes up a `kid`, in percent of the steps of traffic.
const MADE_UP_PERCENT: u8 = 30;
/// What it comes in: a header with the `kid`, no claims, and a signature of one byte.
const MADE_UP: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im1hZGUtdXAifQ.e30.AA";
/// More steps than any rotation takes.
const STEPS: u32 = 100_000;

/// Goes through so many rotations, one after the other.
pub(super) async fn run(world: &mut World, rotations: u64) -> Result<()> {
    world.store.delay_up_to(LONGEST_DELAY_SECS);
    let lifetime = draw_lifetime(&mut world.random);
    set_lifetime(world, lifetime).await?;
    for _ in 0..rotations {
        rotate(world, lifetime).await?;
    }
    Ok(())
}

/// From a minute to a month: short ones make every second of a retire window count, long ones are the default.
fn draw_lifetime(random: &mut fastrand::Rng) -> u64 {
    match random.u8(0..10) {
        0 => 2_592_000,
        1..=3 => random.u64(3_600..86_400),
        _ => random.u64(60..3_600),
    }
}

async fn set_lifetime(world: &mut World, secs: u64) -> Result<()> {
    let change = IssuerChange {
        access_token_expiry_secs: Some(secs.div_ceil(2)),
        refresh_token_expiry_secs: Some(secs),
        ..IssuerChange::default()
    };
    issuers::change(world.server()?, &world.operator, &world.issuer, change).await?;
    world.look_at_the_server().await
}

/// One rotation, from the order until the old key has left everywhere.
async fn rotate(world: &mut World, lifetime: u64) -> Result<()> {
    rotation::start(world.server()?, &world.operator, &world.issuer, None, None).await?;
    world.look_at_the_server().await?;
    let mut restart = draw_restart(world);
    let mut eventful_until = world.now() + EVENTFUL_SECS;
    for _ in 0..STEPS {
        let is_quiet = eventful_until < world.now();
        world.pass(if is_quiet { pace(world, lifetime) } else { 1 });
        mind_the_server(world, &mut restart).await?;
        if world.serve().await? {
            eventful_until = world.now() + EVENTFUL_SECS;
        }
        trade(world, lifetime).await?;
        let is_done = world.seen.rotation.is_none_or(|stage| stage == RotationStage::Done);
        if is_done && is_quiet && !world.is_stopped() && world.is_settled().await? {
            world.figures.rotations += 1;
            return Ok(());
        }
    }
    Ok(())
}

/// Second by second until the new key signs and when the old one leaves; in long steps between.
fn pace(world: &World, lifetime: u64) -> u64 {
    let now = world.now();
    match world.seen.retires_at {
        Some(at) if at > now + EVENTFUL_SECS => (at - now - EVENTFUL_SECS).min(lifetime / 50 + 1),
        Some(_) => 1,
        None => 2,
    }
}

/// Makes an isolate look for a `kid` that there is not, which keeps it from looking for another one for a while.
async fn make_up_a_kid(world: &mut World) -> Result<()> {
    let (region, isolate) = world.choose_isolate();
    let verdict = world.visit(region, isolate, MADE_UP).await?;
    ensure!(verdict.refusal == Some("kid_unknown"), "a made-up kid came to {:?}", verdict.refusal);
    world.figures.made_up += 1;
    Ok(())
}

/// The server stops once and starts again.
struct Restart {
    /// Not before.
    stops: u64,
    lasts: u64,
    /// Known once it has stopped.
    starts: Option<u64>,
}

fn draw_restart(world: &mut World) -> Option<Restart> {
    let is_restarted = world.random.u8(0..100) < RESTARTED_PERCENT;
    is_restarted.then(|| {
        let stops = world.now() + world.random.u64(0..200);
        Restart { stops, lasts: world.random.u64(1..60), starts: None }
    })
}

async fn mind_the_server(world: &mut World, restart: &mut Option<Restart>) -> Result<()> {
    let Some(due) = restart else { return Ok(()) };
    match due.starts {
        Some(at) if world.now() >= at => {
            *restart = None;
            return world.start_server().await;
        }
        None if world.now() >= due.stops && is_new_key_everywhere(world) => {
            due.starts = Some(world.now() + due.lasts);
            world.stop_server();
        }
        _ => {}
    }
    Ok(())
}

/// Whether the new key signs, and the store has shown it to every region. Until then, a region that has said nothing for
/// long learns of it from the server alone, and one that has asked in vain does not ask again for a while.
fn is_new_key_everywhere(world: &World) -> bool {
    let propagation = &world.policy.propagation;
    let seen_within = LONGEST_DELAY_SECS + propagation.cache_ttl_secs + 2 * propagation.refresh_secs;
    matches!(world.seen.rotation, Some(RotationStage::Retiring | RotationStage::Done))
        && world.now() >= world.seen.active_since + seen_within
}

/// A step of traffic: perhaps one more token, a few visits with good ones, and perhaps one with a made-up `kid`.
async fn trade(world: &mut World, lifetime: u64) -> Result<()> {
    let now = world.now();
    if world.random.u8(0..100) < MADE_UP_PERCENT {
        make_up_a_kid(world).await?;
    }
    // A stopped server hands out no key, but a backend that has one goes on with it.
    if world.random.bool() {
        let secs = if world.random.bool() { lifetime } else { world.random.u64(1..=lifetime) };
        let kid = world.seen.active_kid.clone();
        world.signer.sign(&kid, now, secs)?;
    }
    world.signer.tidy(now, &mut world.random);
    for _ in 0..world.random.u8(0..4) {
        let Some(token) = world.signer.choose(&mut world.random).map(|token| token.text.clone()) else {
            continue;
        };
        let (region, isolate) = world.choose_isolate();
        let verdict = world.visit(region, isolate, &token).await?;
        world.figures.good_tokens += 1;
        world.figures.chases += u64::from(verdict.chased);
        if let Some(code) = verdict.refusal {
            world.figures.good_refused += 1;
            *world.figures.refusals.entry(code).or_default() += 1;
        }
    }
    Ok(())
}
