//! The server, its people and its edges.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use keystile_admin::domain::{Actor, Audience, Clock, IssuerId, ManualClock, Policy, Role, Timestamp};
use keystile_admin::operations::edge::{EdgeCounters, EdgeReport, record_report};
use keystile_admin::operations::{Keystile, checkpoints, first_start, key_set, steward};
use keystile_admin::settings::{FirstIssuer, KeyPairPem};
use tempfile::TempDir;

use crate::house::{AUDIENCE, ISS, KeyPool, SeededChance, main_issuer, settings, temporary_folder};

/// So many keys come into being.
const KEYS: usize = 12;
/// Between two looks at everything, where nothing happens.
const STRIDE_SECS: u64 = 6 * 3600;
/// Where the edges are, and how many seconds after a push each of them has the new set.
const REGIONS: [(&str, u64); 3] = [("ams", 7), ("nrt", 19), ("sfo", 38)];
const DAY: u64 = 86_400;
/// Any will do; a fixed one makes the quarter the same every time, but for its ids and signatures.
const SEED: u64 = 7;

/// A server, and whoever has to do with it.
pub(super) struct Town {
    pub(super) server: Keystile,
    pub(super) issuer: IssuerId,
    /// An administrator.
    pub(super) ada: Actor,
    /// Another one.
    pub(super) grace: Actor,
    /// Who asks for evidence.
    pub(super) auditor: Actor,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

impl Town {
    /// A first start.
    pub(super) async fn found(at: Timestamp) -> Result<Self> {
        let (folder, pool) = (temporary_folder()?, KeyPool::make(KEYS)?);
        let clock = Arc::new(ManualClock::at(at));
        let policy = Policy { rotation_interval_days: 21, ..Policy::default() };
        let first = FirstIssuer {
            id: main_issuer()?,
            iss: ISS.to_owned(),
            audience: Some(Audience::One(AUDIENCE.to_owned())),
            policy,
            adopt: Some(KeyPairPem { private_key: pool.key(0)?.to_pkcs8_pem()?, public_key: None }),
        };
        let given: Arc<dyn Clock> = clock.clone();
        let (server, made) = first_start::init(settings(folder.path(), None), given, first).await?;
        made.context("the folder was not empty")?;
        Ok(Self {
            server: server.with_chance(SeededChance::after(pool, 1, SEED)),
            issuer: main_issuer()?,
            ada: Actor::local("ada"),
            grace: Actor::local("grace"),
            auditor: Actor::token_holder("3d7v9k2q", "auditor", Role::Auditor),
            clock,
            _folder: folder,
        })
    }

    /// Lets time pass, and everybody do what is due.
    pub(super) async fn live_until(&self, instant: Timestamp) -> Result<()> {
        while self.server.now() < instant {
            let step = STRIDE_SECS.min(instant.since(self.server.now()));
            self.clock.advance(step);
            self.work().await?;
        }
        Ok(())
    }

    /// Lets a long time pass at once, of which nobody tells.
    pub(super) async fn skip(&self, secs: u64) -> Result<()> {
        self.clock.advance(secs);
        self.work().await
    }

    /// The server does what is due, and each region tells what it runs once it has it.
    pub(super) async fn work(&self) -> Result<()> {
        let mut busy = true;
        while busy {
            let before = key_set::current(&self.server, &self.issuer).await?.version;
            busy = steward::go_round(&self.server).await?;
            let version = key_set::current(&self.server, &self.issuer).await?.version;
            // Edges come to a new set one after the other, and to the old one all the time.
            let mut passed = 0;
            for (region, delay) in REGIONS {
                if version != before || busy {
                    self.clock.advance(delay - passed);
                    passed = delay;
                }
                self.report(region, version).await?;
            }
        }
        checkpoints::key(&self.server, &self.auditor).await?;
        Ok(())
    }

    /// What a region says: the more tokens the later it is, and now and then one that is no good.
    async fn report(&self, region: &str, version: u64) -> Result<()> {
        let hours = self.server.now().as_secs() / 3600 % 100_000;
        let refused =
            [("token_expired", hours * 3), ("signature_invalid", hours / 40), ("kid_unknown", hours / 90)];
        let refused: BTreeMap<_, _> = refused.map(|(code, count)| (code.to_owned(), count)).into();
        let report = EdgeReport {
            region: region.to_owned(),
            instance: "i1".to_owned(),
            version: Some(version),
            key_set_age_seconds: Some(3),
            counters: EdgeCounters { accepted: hours * 400, refused, ..EdgeCounters::default() },
            roots: None,
            last_seen_kids: BTreeMap::default(),
        };
        let edge = Actor::token_holder("8m1x5c0b", "edge", Role::Edge);
        record_report(&self.server, &edge, &self.issuer, report).await?;
        Ok(())
    }

    /// An instant of the quarter: the day from 0, the hour, the minute.
    pub(super) async fn wait_for(&self, day: u64, hour: u64, minute: u64) -> Result<()> {
        self.live_until(super::FROM.plus(day * DAY + hour * 3600 + minute * 60)).await
    }
}
