//! A server in a temporary folder, whose time the test decides.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keystile_admin::domain::{Actor, Issuer, IssuerId, ManualClock, Policy, Role, SecretText, Timestamp};
use keystile_admin::operations::edge::{EdgeReport, record_report};
use keystile_admin::operations::first_start::{self, FirstStart};
use keystile_admin::operations::{
    IssuerStatus, KeyView, Keystile, OperationError, audit_log, key_set, keys, publication, status, steward,
    store_watch,
};
use keystile_admin::settings::{FirstIssuer, KeyPairPem, KvSettings, Settings};
use keystile_validator::{Floor, KeySet, Limits, RootKeys, UnverifiedKeySet};
use tempfile::TempDir;

use crate::database;

pub(crate) const START: Timestamp = Timestamp::from_secs(1_700_000_000);
pub(crate) const ISS: &str = "https://issuer.example";

/// A server in a temporary folder.
pub(crate) struct Rehearsal {
    pub(crate) keystile: Keystile,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) admin: Actor,
    pub(crate) main: IssuerId,
    pub(crate) made: FirstStart,
    pub(crate) folder: TempDir,
}

impl Rehearsal {
    /// A first start, at `START`, of a server that serves its key sets itself.
    pub(crate) async fn begin() -> Self {
        Self::begin_with(None, Policy::default(), None).await
    }

    pub(crate) async fn begin_with(
        kv: Option<KvSettings>,
        policy: Policy,
        adopt: Option<KeyPairPem>,
    ) -> Self {
        Self::begin_at(START, kv, policy, adopt).await
    }

    pub(crate) async fn begin_at(
        start: Timestamp,
        kv: Option<KvSettings>,
        policy: Policy,
        adopt: Option<KeyPairPem>,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        database::prepare(folder.path()).await;
        let clock = Arc::new(ManualClock::at(start));
        let first = FirstIssuer { policy, adopt, ..first_issuer() };
        let settings = Settings { kv, ..settings(folder.path()) };
        let (keystile, made) = first_start::init(settings, clock.clone(), first).await.unwrap();
        let main = "main".parse().unwrap();
        Self { keystile, clock, admin: Actor::local("test"), main, made: made.unwrap(), folder }
    }

    /// Another process on the same folder, with the same clock.
    pub(crate) async fn second_process(&self) -> Keystile {
        Keystile::open(settings(self.folder.path()), self.clock.clone()).await.unwrap()
    }

    /// Lets the server do what is due, until nothing is.
    pub(crate) async fn settle(&self) {
        loop {
            let steps = steward::advance(&self.keystile).await.unwrap();
            store_watch::look(&self.keystile).await.unwrap();
            let drained = publication::drain(&self.keystile).await.unwrap();
            if steps == 0 && drained.pushed.is_empty() {
                return;
            }
        }
    }

    /// Lets time pass, and then the server do what is due.
    pub(crate) async fn pass(&self, secs: u64) {
        self.clock.advance(secs);
        self.settle().await;
    }

    pub(crate) async fn keys(&self) -> Vec<KeyView> {
        keys::list(&self.keystile, &self.admin, &self.main).await.unwrap()
    }

    pub(crate) async fn key(&self, kid: &str) -> KeyView {
        keys::get(&self.keystile, &self.admin, &self.main, kid).await.unwrap()
    }

    /// A new pending key that the server makes.
    pub(crate) async fn new_key(&self) -> String {
        let generate = keys::NewKey::Generate { size: None };
        keys::create(&self.keystile, &self.admin, &self.main, generate, None).await.unwrap().kid
    }

    pub(crate) async fn status(&self) -> IssuerStatus {
        status::status(&self.keystile, &self.admin).await.unwrap().issuers.remove(0)
    }

    /// How many entries the audit log has.
    pub(crate) async fn entries(&self) -> u64 {
        audit_log::verify(&self.keystile, &self.admin).await.unwrap().entries
    }

    pub(crate) async fn version(&self) -> u64 {
        key_set::current(&self.keystile, &self.main).await.unwrap().version
    }

    /// The current key set, as an edge with the pinned roots believes it.
    pub(crate) async fn believed(&self) -> KeySet {
        let current = key_set::current(&self.keystile, &self.main).await.unwrap();
        self.believe(&current.document, current.version)
    }

    /// A key set of this version, as an edge with the pinned roots believes it.
    pub(crate) fn believe(&self, document: &str, version: u64) -> KeySet {
        let roots = RootKeys::from_jwks(self.made.roots.to_string().as_bytes()).unwrap();
        UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())
            .and_then(|unverified| unverified.verify(&roots))
            .and_then(|signed| signed.trusted(ISS, self.keystile.now().into(), &Floor::at_version(version)))
            .unwrap()
    }

    /// The kids in the current key set.
    pub(crate) async fn published(&self) -> Vec<String> {
        self.believed().await.kids().map(ToString::to_string).collect()
    }

    /// A report that the instance of a region runs `version`.
    pub(crate) async fn report(&self, region: &str, version: u64) {
        self.try_report(report(region, version)).await.unwrap();
    }

    pub(crate) async fn try_report(&self, report: EdgeReport) -> Result<(), OperationError> {
        let edge = Actor::token_holder("e", "edge", Role::Edge);
        record_report(&self.keystile, &edge, &self.main, report).await
    }
}

pub(crate) fn report(region: &str, version: u64) -> EdgeReport {
    EdgeReport {
        region: region.to_owned(),
        instance: "i1".to_owned(),
        version: Some(version),
        key_set_age_seconds: Some(3),
        counters: Default::default(),
        last_seen_kids: Default::default(),
        roots: None,
    }
}

/// Webhooks may go to this machine here.
pub(crate) fn settings(data: &Path) -> Settings {
    let allowed_hosts = "127.0.0.1".parse().unwrap();
    let database = database::of(data).map(SecretText::new);
    Settings { allowed_hosts, database, ..Settings::at(data.to_owned()) }
}

pub(crate) fn first_issuer() -> FirstIssuer {
    let issuer = Issuer {
        id: "main".parse().unwrap(),
        iss: ISS.to_owned(),
        audience: None,
        policy: Policy::default(),
    };
    FirstIssuer {
        id: issuer.id,
        iss: issuer.iss,
        audience: issuer.audience,
        policy: issuer.policy,
        adopt: None,
    }
}

/// Waits for a real server; a minute is for slow machines.
pub(crate) async fn until(done: impl AsyncFn() -> bool, what: &str) {
    for _ in 0..600 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("waited in vain for {what}");
}

/// A key pair made by OpenSSL, as a backend has it in its environment.
pub(crate) fn openssl_pair(bits: u32) -> (SecretText, String) {
    let openssl = |arguments: &[&str], input: &[u8]| {
        use std::io::Write;
        use std::process::{Command, Stdio};
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let private = openssl(&["genrsa", "-traditional", &bits.to_string()], b"");
    let public = openssl(&["rsa", "-pubout"], private.as_bytes());
    (SecretText::new(private), public)
}
