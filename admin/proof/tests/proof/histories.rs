//! Random histories of a real server on SQLite. After each event: one key is active, versions rise and no reader is led
//! back, a token is good for exactly as long as it was promised, and what was refused has changed nothing.

use std::sync::{Arc, LazyLock};

use keystile_admin::domain::{Actor, IssuerId, ManualClock, Policy};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::keys::NewKey;
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::tokens::{TokenRequest, mint};
use keystile_admin::operations::{
    KeyView, Keystile, OperationError, activate, audit_log, issuers, key_set, keys, publication, retire,
    revoke, rotation, steward,
};
use keystile_admin::settings::IssuerChange;
use keystile_proof::house::{
    AUDIENCE, Foundation, ISS, KeyPool, START, SeededChance, main_issuer, open, operator,
};
use keystile_validator::{
    Expected, Floor, KeySet, Limits, Policy as Demands, UnixTime, UnverifiedKeySet, Validator,
};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// So many keys can come into being in one history; what would need more is refused, and changes nothing.
const KEYS: usize = 8;

static POOL: LazyLock<Arc<KeyPool>> = LazyLock::new(|| KeyPool::make(KEYS).unwrap());
static FOUNDATION: LazyLock<Foundation> = LazyLock::new(|| {
    let policy = Policy { access_token_expiry_secs: 60, refresh_token_expiry_secs: 60, ..Policy::default() };
    Runtime::new().unwrap().block_on(Foundation::lay(&POOL, policy)).unwrap()
});

#[derive(Debug, Clone)]
enum Event {
    Pass(u64),
    Work,
    CreateKey,
    Rotate,
    Cancel,
    Activate { anyway: bool },
    Retire,
    Revoke,
    Emergency,
    Rollback,
    Lifetime(u64),
    Seal(u32),
    Mint(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1..900_u64).prop_map(Event::Pass),
        6 => Just(Event::Work),
        1 => Just(Event::CreateKey),
        3 => Just(Event::Rotate),
        1 => Just(Event::Cancel),
        2 => any::<bool>().prop_map(|anyway| Event::Activate { anyway }),
        1 => Just(Event::Retire),
        1 => Just(Event::Revoke),
        1 => Just(Event::Emergency),
        2 => Just(Event::Rollback),
        1 => (30..600_u64).prop_map(Event::Lifetime),
        1 => (0..2_u32).prop_map(Event::Seal),
        5 => (1..600_u64).prop_map(Event::Mint),
    ]
}

/// A token and what it was promised.
struct Promise {
    token: String,
    kid: String,
    issued_at: u64,
    expires_at: u64,
}

/// A server, an edge that always has its newest set, and the tokens that were signed.
struct Life {
    server: Keystile,
    clock: Arc<ManualClock>,
    operator: Actor,
    issuer: IssuerId,
    floor: Floor,
    version: u64,
    epoch: u64,
    promises: Vec<Promise>,
    _folder: TempDir,
}

impl Life {
    async fn begin() -> Self {
        let folder = FOUNDATION.copy().unwrap();
        let clock = Arc::new(ManualClock::at(START));
        let chance = SeededChance::after(Arc::clone(&POOL), 1, 1);
        let server = open(folder.path(), None, Arc::clone(&clock), chance).await.unwrap();
        Self {
            server,
            clock,
            operator: operator(),
            issuer: main_issuer().unwrap(),
            floor: Floor::default(),
            version: 0,
            epoch: 0,
            promises: Vec::new(),
            _folder: folder,
        }
    }

    /// Lets an event happen. Whatever is refused must leave no trace.
    async fn happen(&mut self, event: &Event) {
        let before = self.traces().await;
        if self.attempt(event).await.is_err() {
            assert_eq!(self.traces().await, before, "{event:?} was refused, and changed something");
        }
        self.check(event).await;
    }

    async fn attempt(&mut self, event: &Event) -> Result<(), OperationError> {
        let (server, actor, issuer) = (&self.server, &self.operator, &self.issuer);
        let reason = || "a test".to_owned();
        match event {
            Event::Pass(secs) => self.clock.advance(*secs),
            Event::Work => {
                publication::drain(server).await?;
                steward::advance(server).await?;
            }
            Event::CreateKey => {
                drop(keys::create(server, actor, issuer, NewKey::Generate { size: None }, None).await?);
            }
            Event::Rotate => drop(rotation::start(server, actor, issuer, None, None).await?),
            Event::Cancel => drop(rotation::cancel(server, actor, issuer).await?),
            Event::Activate { anyway } => {
                let kid = self.kid_of("pending").await;
                drop(activate::activate(server, actor, issuer, &kid, anyway.then(reason)).await?);
            }
            Event::Retire => {
                drop(retire::retire(server, actor, issuer, &self.kid_of("retiring").await).await?);
            }
            Event::Revoke => {
                drop(revoke::revoke(server, actor, issuer, &self.kid_of("retiring").await, reason()).await?);
            }
            Event::Emergency => {
                let order = EmergencyOrder { reason: reason(), confirm: self.kid_of("active").await };
                self.epoch = emergency(server, actor, issuer, order).await?.epoch;
            }
            Event::Rollback => {
                let order =
                    RollbackOrder { reason: reason(), override_reason: Some(reason()), dry_run: false };
                drop(rollback(server, actor, issuer, order).await?);
            }
            Event::Lifetime(secs) => {
                let secs = Some(*secs);
                let change = IssuerChange {
                    access_token_expiry_secs: secs,
                    refresh_token_expiry_secs: secs,
                    ..IssuerChange::default()
                };
                drop(issuers::change(server, actor, issuer, change).await?);
            }
            Event::Seal(days) => {
                let change = IssuerChange { retired_key_sealed_days: Some(*days), ..IssuerChange::default() };
                drop(issuers::change(server, actor, issuer, change).await?);
            }
            Event::Mint(secs) => {
                let request = TokenRequest {
                    subject: "user".to_owned(),
                    audience: None,
                    lifetime_secs: Some(*secs),
                    claims: serde_json::Map::new(),
                };
                let minted = mint(server, actor, issuer, request).await?;
                self.promises.push(Promise {
                    token: minted.token,
                    kid: minted.kid,
                    issued_at: server.now().as_secs(),
                    expires_at: minted.expires_at.as_secs(),
                });
            }
        }
        Ok(())
    }

    /// Version, audit entries, and the state of every key.
    async fn traces(&self) -> (u64, u64, Vec<(String, &'static str)>) {
        let version = key_set::current(&self.server, &self.issuer).await.unwrap().version;
        let entries = audit_log::verify(&self.server, &self.operator).await.unwrap().entries;
        let states = self.keys().await.into_iter().map(|key| (key.kid, key.state)).collect();
        (version, entries, states)
    }

    async fn keys(&self) -> Vec<KeyView> {
        keys::list(&self.server, &self.operator, &self.issuer).await.unwrap()
    }

    async fn kid_of(&self, state: &str) -> String {
        let known = self.keys().await;
        known.into_iter().find(|key| key.state == state).map(|key| key.kid).unwrap_or_default()
    }

    async fn check(&mut self, event: &Event) {
        let known = self.keys().await;
        let active = known.iter().filter(|key| key.state == "active").count();
        assert_eq!(active, 1, "after {event:?}");
        assert!(audit_log::verify(&self.server, &self.operator).await.unwrap().ok, "after {event:?}");
        let current = key_set::current(&self.server, &self.issuer).await.unwrap();
        assert!(current.version >= self.version, "the version fell after {event:?}");
        self.version = current.version;
        let now = UnixTime::from(self.server.now());
        // After a week without work the set has expired, and an edge rightly refuses it and everything else.
        if self.server.now() >= current.expires_at {
            return;
        }
        let validator = Validator::new(self.believe(&current.document, now), demands());
        let revoked = |kid: &str| known.iter().any(|key| key.kid == kid && key.state == "revoked");
        for promise in &self.promises {
            let is_good = now.as_secs() < promise.expires_at
                && promise.issued_at >= self.epoch
                && !revoked(&promise.kid);
            let judged = validator.validate(promise.token.as_bytes(), now);
            match judged {
                Ok(_) => {
                    let is_over = now.as_secs() >= promise.expires_at + LEEWAY_SECS;
                    assert!(
                        !is_over && promise.issued_at >= self.epoch && !revoked(&promise.kid),
                        "after {event:?}"
                    );
                }
                Err(error) => assert!(!is_good, "a good token is refused after {event:?}: {error}"),
            }
        }
    }

    /// The set as a reader takes it that has seen every set before.
    fn believe(&mut self, document: &str, now: UnixTime) -> KeySet {
        let key_set = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())
            .and_then(|it| it.verify(&FOUNDATION.roots))
            .and_then(|it| it.trusted(ISS, now, &self.floor))
            .unwrap();
        self.floor.raise(&key_set);
        key_set
    }
}

const LEEWAY_SECS: u64 = 30;

fn demands() -> Demands {
    let demands = Demands::builder().issuer(Expected::one_of([ISS])).audience(Expected::one_of([AUDIENCE]));
    demands.leeway(LEEWAY_SECS).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_rules_of_a_keys_life_hold_after_every_event(events in proptest::collection::vec(event(), 1..40)) {
        // A runtime of its own lays it, which cannot be done inside of another one.
        LazyLock::force(&FOUNDATION);
        Runtime::new().unwrap().block_on(async {
            let mut life = Life::begin().await;
            for event in &events {
                life.happen(event).await;
            }
        });
    }
}
