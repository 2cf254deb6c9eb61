//! From the configuration to what decides. A policy that is read from the store can change while an isolate lives: then
//! its state is made anew, and what is still good of the old one goes on.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
    time::Duration,
};

use keystile_gateway::{GatewayPolicy, Moment, Plan, READ_DEADLINE, Refusal, Rhythm};
use keystile_validator::SignedPolicy;
use worker::{AnalyticsEngineDataset, Context, Delay, Env, KvStore, ObjectNamespace, console_error};

use crate::{
    clock,
    deadline::within,
    isolate::{Isolate, variable},
    settings::{PolicySource, SettingError, Settings, StoredPolicy, usable_policy},
};

/// How often the policy is read again in the background, as key sets are by default.
const REFRESH: Duration = Duration::from_secs(5);

/// How often a request that waits looks whether the read of another one has ended.
const POLL: Duration = Duration::from_millis(5);

/// What the platform gives the worker.
pub(crate) struct Bindings {
    pub(crate) store: KvStore,
    pub(crate) channels: Option<ObjectNamespace>,
    pub(crate) analytics: Option<AnalyticsEngineDataset>,
}

/// The worker as it is deployed. The configuration cannot change during the life of an isolate.
pub(crate) struct Deployment {
    settings: Rc<Settings>,
    bindings: Bindings,
    current: RefCell<Option<Rc<Isolate>>>,
    rhythm: RefCell<Rhythm>,
    last_error: RefCell<Option<String>>,
}

thread_local! {
    static DEPLOYMENT: OnceCell<Result<Rc<Deployment>, SettingError>> = const { OnceCell::new() };
}

impl Deployment {
    /// The deployment, which the first request of an isolate reads from its environment.
    pub(crate) fn of(env: &Env) -> Result<Rc<Self>, SettingError> {
        DEPLOYMENT.with(|deployment| deployment.get_or_init(|| Self::new(env).map(Rc::new)).clone())
    }

    fn new(env: &Env) -> Result<Self, SettingError> {
        let settings = Rc::new(Settings::read(|name| variable(env, name))?);
        let store = env.kv("KEYSETS").map_err(|_| {
            SettingError::new("KEYSETS", "is not bound to a KV namespace; bind it in wrangler.toml")
        })?;
        let channels = env.durable_object("EMERGENCY_CHANNEL").ok();
        let bindings = Bindings { store, channels, analytics: env.analytics_engine("ANALYTICS").ok() };
        let current = match &settings.policy {
            PolicySource::Given(policy) => {
                Some(Isolate::new(&settings, &bindings, (Rc::clone(policy), None), None))
            }
            PolicySource::Stored(_) => None,
        };
        Ok(Self {
            settings,
            bindings,
            current: RefCell::new(current.map(Rc::new)),
            rhythm: RefCell::default(),
            last_error: RefCell::default(),
        })
    }

    /// What decides now, under a policy that is fresh enough.
    pub(crate) async fn isolate(self: &Rc<Self>, context: &Context) -> Result<Rc<Isolate>, Refusal> {
        if let PolicySource::Stored(stored) = &self.settings.policy {
            self.follow(stored, context).await;
        }
        self.current.borrow().clone().ok_or_else(|| {
            let why = self.last_error.borrow().clone().unwrap_or_default();
            Refusal::Misconfigured(format!("there is no policy that can be used: {why}"))
        })
    }

    async fn follow(self: &Rc<Self>, stored: &StoredPolicy, context: &Context) {
        let refresh = self.current.borrow().is_some().then_some(REFRESH);
        let plan = self.rhythm.borrow_mut().plan(refresh, clock::now());
        match plan {
            Plan::Judge => {}
            Plan::JudgeAndRead => {
                let deployment = Rc::clone(self);
                context.wait_until(async move {
                    if let PolicySource::Stored(stored) = &deployment.settings.policy {
                        deployment.read(stored).await;
                    }
                });
            }
            Plan::ReadFirst => self.read(stored).await,
            Plan::WaitFirst => {
                while self.rhythm.borrow().is_being_read(clock::now()) {
                    Delay::from(POLL).await;
                }
            }
        }
    }

    /// Reads the policy, and keeps the last good one if that fails or it is not to be believed.
    async fn read(&self, stored: &StoredPolicy) {
        let value = self.bindings.store.get(&stored.key).cache_ttl(self.settings.cache_ttl).text();
        let read = match within(READ_DEADLINE, value).await {
            Some(Ok(Some(document))) => self.take(stored, &document, clock::now()),
            Some(Ok(None)) => Err("it is not in the store; publish it".to_owned()),
            Some(Err(error)) => Err(format!("the store failed: {error}")),
            None => Err("the store took too long".to_owned()),
        };
        self.rhythm.borrow_mut().end_read(clock::now());
        if let Err(why) = &read {
            console_error!("the policy `{}`: {why}", stored.key);
        }
        self.last_error.replace(read.err());
    }

    fn take(&self, stored: &StoredPolicy, document: &str, now: Moment) -> Result<(), String> {
        let signed =
            SignedPolicy::verify(document.as_bytes(), &stored.roots, &stored.issuer, now.unix_time())
                .map_err(|error| format!("{}: {error}", error.code()))?;
        let present = self.current.borrow().clone();
        let floor = present.as_ref().and_then(|isolate| isolate.policy_version).unwrap_or(stored.floor);
        if signed.version() < floor {
            return Err(format!(
                "version {} is older than {floor}, which was there before",
                signed.version()
            ));
        }
        if present.as_ref().is_some_and(|isolate| isolate.policy_version == Some(signed.version())) {
            return Ok(());
        }
        let policy: Rc<GatewayPolicy> = Rc::new(usable_policy(signed.text())?);
        let policy = (policy, Some(signed.version()));
        let isolate = Isolate::new(&self.settings, &self.bindings, policy, present.as_deref());
        self.current.replace(Some(Rc::new(isolate)));
        Ok(())
    }
}
