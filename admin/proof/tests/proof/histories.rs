//! Random histories of a real server on SQLite. After each event: one key is active, versions rise and no reader is led
//! back, a token is good for exactly as long as it was promised unless it was taken back, and what was refused has changed
//! nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystile_admin::domain::{Actor, IssuerId, ManualClock, Policy, Timestamp};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::keys::NewKey;
use keystile_admin::operations::revocations::{self, RevocationOrder};
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::tokens::{TokenRequest, mint};
use keystile_admin::operations::{
    KeyView, Keystile, OperationError, activate, audit_log, epochs, issuers, key_set, keys, publication,
    retire, revoke, rotation, steward,
};
use keystile_admin::settings::IssuerChange;
use keystile_proof::house::{
    AUDIENCE, Foundation, ISS, KeyPool, START, SeededChance, main_issuer, open, operator,
};
use keystile_validator::{
    Expected, Floor, KeySet, Limits, Policy as Demands, RevokedClaim, UnixTime, UnverifiedKeySet, Validator,
};
use proptest::prelude::*;
use serde_json::{Value, json};
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
    Activate {
        anyway: bool,
    },
    Retire,
    Revoke,
    Emergency,
    Rollback,
    Lifetime(u64),
    Seal(u32),
    /// For so long, and whose: the numbers of its subject, session and client.
    Mint(u64, [u8; 3]),
    /// The epoch of a scope by its number, of a value by its number, for what was issued so many seconds ago or earlier.
    Epoch(usize, u8, Option<u64>),
    RevokeSession(u8),
    RevokeNewestToken,
}

/// The scopes of an epoch, each with what its values begin with.
const SCOPES: [(&str, &str); 5] =
    [("all", ""), ("kid", ""), ("sub", "user-"), ("sid", "session-"), ("client_id", "client-")];

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
        8 => (1..600_u64, [0..2_u8, 0..2_u8, 0..2_u8]).prop_map(|(secs, whose)| Event::Mint(secs, whose)),
        3 => (0..SCOPES.len(), 0..2_u8, proptest::option::of(0..600_u64))
            .prop_map(|(scope, value, ago)| Event::Epoch(scope, value, ago)),
        1 => (0..2_u8).prop_map(Event::RevokeSession),
        1 => Just(Event::RevokeNewestToken),
    ]
}

/// A token and what it was promised.
struct Promise {
    token: String,
    kid: String,
    claims: Value,
    issued_at: u64,
    expires_at: u64,
}

impl Promise {
    /// The value of a claim; empty for everything.
    fn value(&self, scope: &str) -> &str {
        match scope {
            "all" => "",
            "kid" => &self.kid,
            claim => self.claims[claim].as_str().unwrap(),
        }
    }
}

/// A server, an edge that always has its newest set, and the tokens that were signed.
struct Life {
    server: Keystile,
    clock: Arc<ManualClock>,
    operator: Actor,
    issuer: IssuerId,
    floor: Floor,
    version: u64,
    /// The epochs by scope and value, the highest that was ever said.
    epochs: BTreeMap<(&'static str, String), u64>,
    /// Until when a `jti` or `sid` is refused, at least.
    refused_until: BTreeMap<(&'static str, String), u64>,
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
            epochs: BTreeMap::new(),
            refused_until: BTreeMap::new(),
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
                let epoch = emergency(server, actor, issuer, order).await?.epoch;
                self.raise("all", String::new(), epoch);
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
            Event::Mint(secs, whose) => self.mint(*secs, *whose).await?,
            Event::Epoch(scope, number, ago) => {
                let (scope, prefix) = SCOPES[*scope];
                let value = match scope {
                    "all" => String::new(),
                    "kid" => self.kid_of("active").await,
                    _ => format!("{prefix}{number}"),
                };
                let before = ago.map(|ago| Timestamp::from_secs(server.now().as_secs() - ago));
                let meant = epochs::scope(scope, Some(&value))?;
                let raised = epochs::raise(server, actor, issuer, meant, before, "a test").await?;
                self.raise(scope, value, raised.epoch);
            }
            Event::RevokeSession(number) => {
                self.revoke(RevokedClaim::SessionId, format!("session-{number}")).await?;
            }
            Event::RevokeNewestToken => {
                if let Some(newest) = self.promises.last().map(|newest| newest.value("jti").to_owned()) {
                    self.revoke(RevokedClaim::TokenId, newest).await?;
                }
            }
        }
        Ok(())
    }

    fn raise(&mut self, scope: &'static str, value: String, epoch: u64) {
        let known = self.epochs.entry((scope, value)).or_default();
        *known = epoch.max(*known);
    }

    async fn revoke(&mut self, claim: RevokedClaim, value: String) -> Result<(), OperationError> {
        let values = vec![value.clone()];
        let order = RevocationOrder { claim, values, expires_at: None, reason: "a test".to_owned() };
        let done = revocations::revoke(&self.server, &self.operator, &self.issuer, order).await?;
        let known = self.refused_until.entry((claim.as_str(), value)).or_default();
        *known = done.until.as_secs().max(*known);
        Ok(())
    }

    async fn mint(&mut self, secs: u64, [user, session, client]: [u8; 3]) -> Result<(), OperationError> {
        let claims = json!({ "sid": format!("session-{session}"), "client_id": format!("client-{client}") });
        let request = TokenRequest {
            subject: format!("user-{user}"),
            audience: None,
            lifetime_secs: Some(secs),
            claims: claims.as_object().unwrap().clone(),
        };
        let minted = mint(&self.server, &self.operator, &self.issuer, request).await?;
        let payload = URL_SAFE_NO_PAD.decode(minted.token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&payload).unwrap();
        self.promises.push(Promise {
            token: minted.token,
            kid: minted.kid,
            issued_at: claims["iat"].as_u64().unwrap(),
            expires_at: minted.expires_at.as_secs(),
            claims,
        });
        Ok(())
    }

    /// Whether an epoch, a revocation by name, or the end of its key takes it back.
    fn is_taken_back(&self, promise: &Promise, known: &[KeyView]) -> bool {
        let is_of = |(scope, value): &(&str, String)| promise.value(scope) == value;
        let is_old = self.epochs.iter().any(|(whose, epoch)| is_of(whose) && promise.issued_at < *epoch);
        let now = self.server.now().as_secs();
        let is_named = self.refused_until.iter().any(|(whose, until)| is_of(whose) && now < *until);
        let is_revoked = known.iter().any(|key| key.kid == promise.kid && key.state == "revoked");
        is_old || is_named || is_revoked
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
        for promise in &self.promises {
            let is_taken_back = self.is_taken_back(promise, &known);
            let is_over = now.as_secs() >= promise.expires_at + LEEWAY_SECS;
            match validator.validate(promise.token.as_bytes(), now) {
                Ok(_) => assert!(!is_over && !is_taken_back, "a bad token is believed after {event:?}"),
                Err(error) => {
                    // What is revoked by name stands in the set until the next one is signed, however late that is.
                    let is_named = self.refused_until.keys().any(|(claim, it)| promise.value(claim) == it);
                    let is_good = now.as_secs() < promise.expires_at && !is_taken_back && !is_named;
                    assert!(!is_good, "a good token is refused after {event:?}: {error}");
                }
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
