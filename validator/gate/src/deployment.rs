//! The policy, and the gate that decides by it. A signed policy can change while the gate runs: then a gate is made anew,
//! and what is still good of the old one goes on.

use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use keystile_gateway::{Detail, GatewayPolicy, Provider, ReadError, Refusal, Wording};
use keystile_validator::SignedPolicy;
use reqwest::Client;
use tokio::{fs, time};

use crate::{
    clock,
    gate::{Gate, Lasting},
    key_sets::{Place, pause, whole_write, within},
    settings::{Job, PolicySource, Settings, SettingsError, SignedSource},
};

/// How often a signed policy is read again, as key sets are by default.
const REFRESH: Duration = Duration::from_secs(5);

/// A gateway without a policy has no realm, and says what it lacks.
pub(crate) const CLOSED: Wording<'static> = Wording { realm: "", detail: Detail::Explain };

/// The gate as it is started.
#[derive(Debug)]
pub(crate) struct Deployment {
    pub(crate) lasting: Arc<Lasting>,
    terms: Terms,
    client: Client,
    keep: Option<PathBuf>,
    signed: Option<Signed>,
    current: RwLock<Option<Arc<Gate>>>,
    /// Why the policy that was read last is not followed.
    trouble: RwLock<Option<String>>,
}

/// What the job and the reports demand of every policy.
#[derive(Debug)]
struct Terms {
    job: Job,
    /// The providers that reports are about.
    reported: Vec<String>,
}

/// A policy that is followed.
#[derive(Debug)]
struct Signed {
    source: SignedSource,
    place: Place,
}

impl Deployment {
    /// A gate that has looked once for its policy and its key sets. A signed policy may come later: until then
    /// everything is refused.
    pub(crate) async fn start(settings: Settings, client: Client) -> Result<Self, SettingsError> {
        let Settings { policy, job, keep, reports, region, asserter, .. } = settings;
        let reported = reports.into_iter().flat_map(|it| it.issuers).map(|(name, _)| name).collect();
        let (given, signed) = match policy {
            PolicySource::Given(policy) => (Some(policy), None),
            PolicySource::Signed(source) => {
                let place = Place::new(&source.at, "the policy", &client)?;
                (None, Some(Signed { source, place }))
            }
        };
        let deployment = Self {
            lasting: Arc::new(Lasting::new(region, asserter)),
            terms: Terms { job, reported },
            client,
            keep,
            signed,
            current: RwLock::default(),
            trouble: RwLock::default(),
        };
        if let Some(policy) = given {
            deployment.take(*policy, None).await?;
        }
        if let Some(signed) = &deployment.signed {
            deployment.begin_with_kept(signed).await;
            deployment.read(signed).await;
        }
        Ok(deployment)
    }

    /// What decides now.
    pub(crate) fn gate(&self) -> Result<Arc<Gate>, Refusal> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(|| {
            let why = self.trouble().unwrap_or_default();
            Refusal::Misconfigured(format!("there is no policy that can be used: {why}"))
        })
    }

    /// Why the policy that was read last is not followed.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.trouble.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads a signed policy again and again, for ever, seldomer while that fails.
    pub(crate) async fn follow(&self) {
        let Some(signed) = &self.signed else { return };
        let mut failures = 0;
        loop {
            time::sleep(pause(REFRESH, failures)).await;
            failures = if self.read(signed).await { 0 } else { failures + 1 };
        }
    }

    /// Whether it did well.
    async fn read(&self, signed: &Signed) -> bool {
        let outcome = match within(signed.place.text(SignedPolicy::MAX_BYTES)).await {
            Ok(document) => match self.take_signed(signed, &document).await {
                Ok(true) => self.keep(&document).await,
                outcome => outcome.map(drop),
            },
            Err(ReadError::Absent(_)) => Err("it is not there; publish it".to_owned()),
            Err(ReadError::TimedOut) => Err("reading it took too long".to_owned()),
            Err(_) => Err("it cannot be read".to_owned()),
        };
        let trouble = outcome.err();
        // Once for each cause, or it would fill the log for as long as an outage lasts.
        if let Some(why) = trouble.as_ref().filter(|_| trouble != self.trouble()) {
            tracing::warn!("the policy: {why}");
        }
        let is_well = trouble.is_none();
        *self.trouble.write().unwrap_or_else(PoisonError::into_inner) = trouble;
        is_well
    }

    /// Follows a policy if it is genuine, not older than the last, and can be meant. Says whether it is another one.
    async fn take_signed(&self, signed: &Signed, document: &str) -> Result<bool, String> {
        let SignedSource { roots, issuer, floor, .. } = &signed.source;
        let read = SignedPolicy::verify(document.as_bytes(), roots, issuer, clock::now().unix_time());
        let read = read.map_err(|error| format!("{}: {error}", error.code()))?;
        let present = self.gate().ok().and_then(|gate| gate.policy_version);
        let floor = present.unwrap_or(*floor);
        if read.version() < floor {
            return Err(format!("version {} is older than {floor}, which was there before", read.version()));
        }
        if present == Some(read.version()) {
            return Ok(false);
        }
        let policy =
            GatewayPolicy::from_json(read.text()).map_err(|fault| format!("cannot be used: {fault}"))?;
        self.take(policy, Some(read.version())).await.map_err(|error| error.to_string())?;
        tracing::info!(version = read.version(), "another policy");
        Ok(true)
    }

    async fn take(&self, policy: GatewayPolicy, version: Option<u64>) -> Result<(), SettingsError> {
        self.terms.check(&policy)?;
        let before = self.gate().ok();
        let means = (&self.client, self.keep.as_deref());
        let gate = Gate::new((policy, version), &self.lasting, before.as_deref(), means).await?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(gate));
        Ok(())
    }

    async fn begin_with_kept(&self, signed: &Signed) {
        let Some(path) = self.kept() else { return };
        let Ok(document) = fs::read_to_string(&path).await else { return };
        match self.take_signed(signed, &document).await {
            Ok(_) => tracing::info!("beginning with the policy that was kept"),
            Err(why) => tracing::warn!("the policy that was kept: {why}"),
        }
    }

    async fn keep(&self, document: &str) -> Result<(), String> {
        let Some(path) = self.kept() else { return Ok(()) };
        whole_write(&path, document.as_bytes()).await.map_err(|error| format!("it cannot be kept: {error}"))
    }

    fn kept(&self) -> Option<PathBuf> {
        Some(self.keep.as_ref()?.join("gateway.policy"))
    }
}

impl Terms {
    fn check(&self, policy: &GatewayPolicy) -> Result<(), SettingsError> {
        if let Job::Answer(convention) = self.job
            && let Some(provider) = policy.providers().find(|it| !convention.can_strip_tokens_of(it))
        {
            let (provider, proxy) = (provider.name().to_owned(), convention.as_str());
            return Err(SettingsError::CannotStrip { provider, proxy });
        }
        for name in &self.reported {
            let is_signed = |it: &Provider| it.name() == name && it.keys().roots().is_some();
            if !policy.providers().any(is_signed) {
                return Err(SettingsError::NothingToReport(name.clone()));
            }
        }
        Ok(())
    }
}
