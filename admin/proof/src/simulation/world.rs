//! One server, one store, a few regions and a signer, from the first start on.

use std::sync::Arc;

use anyhow::{Context, Error, Result};
use keystile_admin::domain::{Actor, IssuerId, ManualClock, Policy, Role};
use keystile_admin::operations::edge::{EdgeReport, record_report};
use keystile_admin::operations::{Keystile, RotationStage, key_set, keys, rotation, status, steward};
use tempfile::TempDir;

use super::Figures;
use super::edge::{Deployment, Region, Scene, Verdict};
use super::signer::Signer;
use super::store::SlowStore;
use crate::house::{self, Foundation, KeyPool, START, SeededChance};

/// Where tokens are presented.
pub(super) const REGIONS: usize = 4;
const ISOLATES: usize = 2;
/// How often each region is visited, relatively. The last one is quiet: it may have said nothing for ten minutes.
const VISITS: [u32; REGIONS] = [40, 30, 28, 2];
/// The part of reports that are lost, in percent.
const LOST_PERCENT: u8 = 5;

/// What all worlds share.
pub(super) struct Stage {
    pub(super) pool: Arc<KeyPool>,
    pub(super) foundation: Foundation,
    pub(super) store: SlowStore,
}

/// What a signer, the second source and the spectators know of the server.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) active_kid: String,
    /// When that was first seen.
    pub(super) active_since: u64,
    document: String,
    pub(super) rotation: Option<RotationStage>,
    /// When the key that signed before may leave.
    pub(super) retires_at: Option<u64>,
}

/// One world.
pub(super) struct World {
    /// `None` while it is stopped.
    server: Option<Keystile>,
    clock: Arc<ManualClock>,
    chance: Arc<SeededChance>,
    folder: TempDir,
    pub(super) store: SlowStore,
    deployment: Deployment,
    pub(super) regions: Vec<Region>,
    pub(super) signer: Signer,
    pub(super) operator: Actor,
    pub(super) issuer: IssuerId,
    pub(super) policy: Policy,
    pub(super) random: fastrand::Rng,
    pub(super) seen: Seen,
    pub(super) figures: Figures,
}

impl World {
    /// A fresh copy of the foundation, whose first key set has reached every region.
    pub(super) async fn begin(stage: &Stage, mut random: fastrand::Rng) -> Result<Self> {
        let policy = Policy::default();
        let deployment = Deployment {
            roots: stage.foundation.roots.clone(),
            leeway_secs: policy.leeway_secs,
            cache_ttl_secs: policy.propagation.cache_ttl_secs,
        };
        let start = |number| Region::new(number, ISOLATES, &deployment, &mut random);
        let regions = (0..REGIONS).map(start).collect::<Result<_, _>>().map_err(Error::msg)?;
        stage.store.clear(random.fork());
        let mut world = Self {
            server: None,
            clock: Arc::new(ManualClock::at(START)),
            chance: SeededChance::after(Arc::clone(&stage.pool), 1, random.u64(..)),
            folder: stage.foundation.copy()?,
            store: stage.store.clone(),
            regions,
            signer: Signer::new(&stage.pool)?,
            operator: house::operator(),
            issuer: house::main_issuer()?,
            seen: Seen::default(),
            figures: Figures { bound_secs: policy.propagation_bound_secs(), ..Figures::default() },
            deployment,
            policy,
            random,
        };
        world.start_server().await?;
        while !world.is_settled().await? {
            world.pass(1);
            world.serve().await?;
        }
        world.pass(10 * world.policy.propagation_bound_secs());
        Ok(world)
    }

    /// Seconds since 1970, by the true clock, which is the server's too.
    pub(super) fn now(&self) -> u64 {
        use keystile_admin::domain::Clock;
        self.clock.now().as_secs()
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, secs: u64) {
        self.clock.advance(secs);
        self.store.set_time(self.now() * 1_000);
        self.figures.simulated_secs += secs;
    }

    pub(super) async fn start_server(&mut self) -> Result<()> {
        let kv = Some(house::kv_settings(self.store.base_url()));
        let opened =
            house::open(self.folder.path(), kv, Arc::clone(&self.clock), self.chance.clone()).await?;
        self.server = Some(opened);
        self.look_at_the_server().await
    }

    pub(super) fn stop_server(&mut self) {
        self.server = None;
        self.figures.restarts += 1;
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.server.is_none()
    }

    /// The server, which runs.
    pub(super) fn server(&self) -> Result<&Keystile> {
        self.server.as_ref().ok_or_else(|| Error::msg("the server is stopped"))
    }

    /// One round of the server's background loop; says whether anything was done.
    pub(super) async fn serve(&mut self) -> Result<bool> {
        let Some(server) = &self.server else { return Ok(false) };
        let is_something_done = steward::go_round(server).await?;
        if is_something_done {
            self.look_at_the_server().await?;
        }
        Ok(is_something_done)
    }

    /// What a signer and the second source are told.
    pub(super) async fn look_at_the_server(&mut self) -> Result<()> {
        let (server, operator, issuer) = (self.server()?, &self.operator, &self.issuer);
        let document = key_set::current(server, issuer).await?.document;
        let known = keys::list(server, operator, issuer).await?;
        let active = known.first().context("there is no key")?;
        let rotation = rotation::get(server, operator, issuer).await?;
        let leaving = rotation.as_ref().and_then(|it| known.iter().find(|key| key.kid == it.old_kid));
        let is_another = self.seen.active_kid != active.kid;
        self.seen = Seen {
            active_kid: active.kid.clone(),
            active_since: if is_another { self.now() } else { self.seen.active_since },
            document,
            rotation: rotation.as_ref().map(|rotation| rotation.stage),
            retires_at: leaving.and_then(|key| key.safe_to_remove_at).map(|at| at.as_secs()),
        };
        Ok(())
    }

    /// The region and the isolate that the next visitor comes to.
    pub(super) fn choose_isolate(&mut self) -> (usize, usize) {
        let mut ticket = self.random.u32(0..VISITS.iter().sum());
        let region = VISITS.iter().position(|weight| {
            let is_it = ticket < *weight;
            ticket = ticket.saturating_sub(*weight);
            is_it
        });
        (region.unwrap_or(0), self.random.usize(0..ISOLATES))
    }

    /// A token visits an isolate, which may report afterwards.
    pub(super) async fn visit(&mut self, region: usize, isolate: usize, token: &str) -> Result<Verdict> {
        let mut scene = Scene {
            now_millis: self.now() * 1_000,
            store: &self.store,
            server: self.server.as_ref().map(|_| self.seen.document.as_str()),
            deployment: &self.deployment,
            random: &mut self.random,
        };
        let place = self.regions.get_mut(region).ok_or_else(|| Error::msg("no such region"))?;
        let verdict = place.visit(isolate, token, &mut scene).map_err(Error::msg)?;
        if let Some(version) = verdict.report {
            self.report(region, isolate, version).await?;
        }
        Ok(verdict)
    }

    async fn report(&mut self, region: usize, isolate: usize, version: u64) -> Result<()> {
        let is_lost = self.random.u8(0..100) < LOST_PERCENT;
        let (Some(server), false) = (&self.server, is_lost) else {
            self.figures.reports_lost += 1;
            return Ok(());
        };
        let Some(place) = self.regions.get(region) else { return Ok(()) };
        let report = EdgeReport {
            region: place.name.clone(),
            instance: place.isolates.get(isolate).map(|it| it.instance.clone()).unwrap_or_default(),
            version: Some(version),
            key_set_age_seconds: None,
            counters: Default::default(),
            roots: None,
            last_seen_kids: Default::default(),
        };
        Ok(record_report(server, &Actor::token_holder("e", "edge", Role::Edge), &self.issuer, report).await?)
    }

    pub(super) async fn is_settled(&self) -> Result<bool> {
        Ok(!is_behind(self.server()?, &self.operator).await?)
    }
}

async fn is_behind(server: &Keystile, operator: &Actor) -> Result<bool> {
    Ok(status::status(server, operator).await?.issuers.iter().any(|issuer| issuer.push.pending))
}
