//! The engine: what every operation needs, in one place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use keystile_validator::{KeySetError, PublicKey, RootKeys};
use tokio::sync::Notify;

use super::master_key_watch::MasterKeyWatch;
use super::scheduled_backups::ScheduledBackups;
use super::store_clock::StoreClock;
use super::tokens::Desk;
use super::{Chance, OperationError, SystemChance, random};
use crate::domain::{Clock, IssuerId, IssuerState, KeySize, Timestamp};
use crate::hand_off::Surroundings;
use crate::notify::{Mailer, WebhookClient};
use crate::oidc::Provider;
use crate::outbound::{Failure, Outbound, SystemNames};
use crate::passkeys::RelyingParty;
use crate::passwords::Hashing;
use crate::publish::{CloudflareKv, EmergencyChannel};
use crate::seal::{KeyHolder, LocalMasterKey, SealContext};
use crate::settings::Settings;
use crate::signing::PrivateKey;
use crate::store::{ROOT_KEY, Snapshot, Store, TOKEN_KEY};
use crate::telemetry::Origins;

const DATABASE: &str = "keystile.db";
const MASTER_KEY: &str = "master.key";

/// An opened data folder, and everything that works on it. Shared by all requests of one process.
pub struct Keystile {
    pub(super) store: Store,
    pub(super) keys: KeyHolder,
    pub(super) kv: Option<CloudflareKv>,
    pub(super) emergency_channel: Option<EmergencyChannel>,
    /// What the targets of the hand-off share.
    pub(super) surroundings: Surroundings,
    /// How webhooks are reached.
    pub(super) webhooks: WebhookClient,
    /// How mail goes out.
    pub(super) mailer: Option<Mailer>,
    /// Where people of the company sign in.
    pub(super) provider: Option<Provider>,
    /// The backups that this server makes by itself.
    pub(super) backups: Option<ScheduledBackups>,
    /// Where key sets go, as the outbox remembers it.
    pub(super) target: String,
    /// When the filters were last looked after, in seconds: it is work for once an hour.
    pub(super) swept_at: AtomicU64,
    /// When the server last looked whether entries of the audit log are old enough to go, in seconds.
    pub(super) retention_looked_at: AtomicU64,
    /// When the rules of alerts were last held against the present, in seconds.
    pub(super) alerts_looked_at: AtomicU64,
    /// Who this process is to the others on the same database.
    pub(super) process: String,
    /// Rings when something was committed that the steward should look at now.
    pub(super) bell: Notify,
    /// Whom passkeys belong to.
    pub(super) relying_party: Option<RelyingParty>,
    /// Whether nobody signs in by name without a passkey.
    pub(super) passkey_required: bool,
    /// Where passwords wait to be hashed.
    pub(super) hashing: Hashing,
    /// Where requests for tokens wait for one another.
    pub(super) desk: Desk,
    /// Which traces the newest key sets come from.
    pub(super) origins: Origins,
    /// What time it was at the store of the edge.
    pub(super) store_clock: StoreClock,
    /// Whether that is compared with ours.
    pub(super) compares_clock: bool,
    /// Whether the master key would be found again.
    pub(super) master_key_watch: MasterKeyWatch,
    /// Whether this process carries out one command, and is no server: what it cannot do says nothing of one.
    pub(super) carries_out_a_command: bool,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    data: PathBuf,
}

impl Keystile {
    /// Opens the data folder, and the database, that `settings` name.
    ///
    /// Refused with `not_initialised` where there is none: [`first_start::init`](super::first_start::init) makes it.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, OperationError> {
        let store = store(&settings).await?;
        if store.read().await?.issuer_ids().await?.is_empty() {
            return Err(OperationError::NotInitialised { data: store.place().to_owned() });
        }
        let keystile = Self::assemble(settings, clock, store)?;
        // Without the right master key the server is read-only, and whoever must act sees at once why.
        if let Err(error) = keystile.unsealed().await {
            tracing::error!(%error, code = error.code(), "read-only: nothing is signed or published");
        }
        Ok(keystile)
    }

    pub(super) fn assemble(
        settings: Settings,
        clock: Arc<dyn Clock>,
        store: Store,
    ) -> Result<Self, OperationError> {
        let target = match &settings.kv {
            Some(kv) => format!("{}#{}", kv.base_url, kv.namespace_id),
            None => "this server".to_owned(),
        };
        let local = match settings.master_key {
            Some(text) => LocalMasterKey::Given(text),
            None => LocalMasterKey::File(master_key_file(&settings.data)),
        };
        let failed = |error: Failure| OperationError::Internal { detail: error.to_string() };
        let outbound =
            Outbound::new(settings.allowed_hosts.clone(), Arc::new(SystemNames)).map_err(failed)?;
        let provider = settings.provider.map(|of| Provider::new(of, settings.allowed_hosts)).transpose()?;
        let (origins, credentials) = (settings.master_key_from, settings.credentials);
        Ok(Self {
            store,
            keys: KeyHolder::new(local, origins, outbound.clone(), credentials.clone(), clock.clone())?,
            kv: settings.kv.map(CloudflareKv::new).transpose()?,
            emergency_channel: settings
                .emergency_channel
                .as_deref()
                .map(EmergencyChannel::new)
                .transpose()?,
            surroundings: Surroundings::new(outbound.clone(), credentials, settings.hand_off_folder),
            webhooks: WebhookClient::new(outbound),
            mailer: settings.mail.as_ref().map(Mailer::new).transpose()?,
            provider,
            backups: settings.backups.map(ScheduledBackups::of),
            target,
            swept_at: AtomicU64::new(0),
            retention_looked_at: AtomicU64::new(0),
            alerts_looked_at: AtomicU64::new(0),
            process: random::text::<16>()?,
            bell: Notify::new(),
            relying_party: settings.relying_party,
            passkey_required: settings.passkey_required,
            hashing: Hashing::new(),
            desk: Desk::default(),
            origins: Origins::default(),
            store_clock: StoreClock::default(),
            compares_clock: settings.compares_clock,
            master_key_watch: MasterKeyWatch::default(),
            carries_out_a_command: false,
            clock,
            chance: Arc::new(SystemChance),
            data: settings.data,
        })
    }

    /// The same engine, for a command and not for a server.
    #[must_use]
    pub fn for_a_command(self) -> Self {
        Self { carries_out_a_command: true, ..self }
    }

    /// The same engine, with something else left to chance: for rehearsals.
    #[must_use]
    pub fn with_chance(self, chance: Arc<dyn Chance>) -> Self {
        Self { chance, ..self }
    }

    /// Closes the database: from then on nobody here touches its files.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// The present, by this server's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Where the data is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// Everything that decides what may happen to the keys of an issuer.
    pub(super) async fn state(
        &self,
        snapshot: &mut Snapshot,
        issuer: &IssuerId,
    ) -> Result<IssuerState, OperationError> {
        let state = snapshot.issuer_state(issuer, self.now()).await?;
        state.ok_or_else(|| OperationError::IssuerNotFound { issuer: issuer.to_string() })
    }

    /// Makes a key without holding up the threads that serve requests.
    pub(super) async fn generate(&self, size: KeySize) -> Result<PrivateKey, OperationError> {
        let chance = Arc::clone(&self.chance);
        let made = tokio::task::spawn_blocking(move || chance.key(size)).await;
        Ok(made
            .map_err(|_| OperationError::Internal { detail: "making a key was interrupted".to_owned() })??)
    }

    /// A byte that nobody can foresee.
    pub(super) fn dice(&self) -> Result<u8, OperationError> {
        self.chance.byte()
    }

    /// The private half of a token key.
    pub(super) async fn token_key(
        &self,
        snapshot: &mut Snapshot,
        issuer: &IssuerId,
        kid: &str,
    ) -> Result<PrivateKey, OperationError> {
        self.open_key(snapshot, &token_context(issuer, kid)).await
    }

    pub(super) async fn open_key(
        &self,
        snapshot: &mut Snapshot,
        context: &SealContext<'_>,
    ) -> Result<PrivateKey, OperationError> {
        let sealed = snapshot.secret(context).await?.ok_or_else(|| missing("private key"))?;
        Ok(PrivateKey::from_der(&self.open_secret(snapshot, context, &sealed).await?)?)
    }
}

/// The database, which must be there.
async fn store(settings: &Settings) -> Result<Store, OperationError> {
    if let Some(url) = &settings.database {
        return Ok(Store::connect(url).await?);
    }
    let database = database(&settings.data);
    if !database.exists() {
        return Err(OperationError::NotInitialised { data: settings.data.display().to_string() });
    }
    Ok(Store::open(&database, false).await?)
}

/// The public roots that were not withdrawn, as the validator wants them.
pub(super) async fn roots(snapshot: &mut Snapshot) -> Result<RootKeys, OperationError> {
    let refused = |error: KeySetError| OperationError::KeySetRefused { detail: error.to_string() };
    let roots = snapshot.roots().await?.into_iter().filter(|root| root.withdrawn_at.is_none());
    RootKeys::new(roots.map(|root| root.public).collect()).map_err(refused)
}

pub(super) fn root_context(root: &PublicKey) -> SealContext<'_> {
    // The root belongs to the server, and an issuer's id is never empty.
    SealContext { purpose: ROOT_KEY, owner: "", name: root.thumbprint().as_str() }
}

pub(super) fn token_context<'a>(issuer: &'a IssuerId, kid: &'a str) -> SealContext<'a> {
    SealContext { purpose: TOKEN_KEY, owner: issuer.as_str(), name: kid }
}

pub(super) fn database(data: &Path) -> PathBuf {
    data.join(DATABASE)
}

pub(super) fn master_key_file(data: &Path) -> PathBuf {
    data.join(MASTER_KEY)
}

fn missing(what: &str) -> OperationError {
    OperationError::StoreFailed {
        detail: format!("the {what} is missing: restore the database from a backup"),
    }
}
