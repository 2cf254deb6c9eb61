//! What one isolate keeps between requests.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
};

use keystile_gateway::{
    Believed, Counters, Decision, Distrust, Judge, Moment, Profile, Refusal, ReportClock, RequestHead, Route,
    Verdicts,
};
use worker::{
    Context, Env, Request,
    js_sys::{JSON, Reflect},
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
};

use crate::{
    clock,
    key_sets::KeySets,
    settings::{SettingError, Settings},
};

/// The state of this isolate. A trap of the WASM starts a new one, under another instance id.
pub(crate) struct Isolate {
    pub(crate) settings: Settings,
    /// The key set of each provider, in the order of the policy. There is at least one.
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) counters: RefCell<Counters>,
    /// Tells this isolate from the others of its region.
    pub(crate) instance: String,
    verdicts: Verdicts,
}

/// What an isolate keeps for one provider.
pub(crate) struct Issuer {
    pub(crate) key_sets: Rc<KeySets>,
    pub(crate) reports: RefCell<ReportClock>,
}

thread_local! {
    static CURRENT: OnceCell<Result<Rc<Isolate>, SettingError>> = const { OnceCell::new() };
}

impl Isolate {
    /// The state of this isolate, made by its first request. The configuration cannot change during its life.
    pub(crate) fn current(env: &Env) -> Result<Rc<Self>, SettingError> {
        CURRENT.with(|current| current.get_or_init(|| Self::new(env).map(Rc::new)).clone())
    }

    fn new(env: &Env) -> Result<Self, SettingError> {
        let settings = Settings::read(|name| variable(env, name))?;
        let store = env.kv("KEYSETS").map_err(|_| {
            SettingError::new("KEYSETS", "is not bound to a KV namespace; bind it in wrangler.toml")
        })?;
        let policy = &settings.policy;
        let issuers = policy.providers().map(|provider| Issuer {
            key_sets: Rc::new(KeySets::new(provider, store.clone(), &settings)),
            reports: RefCell::default(),
        });
        Ok(Self {
            issuers: issuers.collect(),
            verdicts: Verdicts::new(policy),
            counters: RefCell::default(),
            instance: random_uuid(),
            settings,
        })
    }

    /// Returns when every key set is fresh enough to judge by, or cannot be made so.
    pub(crate) async fn ready(&self, context: &Context) {
        for issuer in &self.issuers {
            issuer.key_sets.ready(context).await;
        }
    }

    /// Decides about a request, and decides again with newer key sets if the `kid` of its token is unknown, and with the
    /// exact list if a filter has a hit for it.
    pub(crate) async fn decide(&self, head: &RequestHead<'_>) -> Decision<'_> {
        let mut decision = self.decide_now(head);
        if decision.refusal().is_some_and(Refusal::names_an_unknown_key)
            && self.chase_unknown_kid(decision.route()).await
        {
            decision = self.decide_now(head);
        }
        if decision.refusal().is_some_and(Refusal::awaits_a_list) && self.fetch_lists(decision.route()).await
        {
            decision = self.decide_now(head);
        }
        decision
    }

    /// Where this isolate runs: what the configuration says, or else the data center.
    pub(crate) fn region(&self, request: &Request) -> String {
        let data_center = || request.cf().map(|cf| cf.colo().to_ascii_lowercase());
        self.settings.region.clone().or_else(data_center).unwrap_or_else(|| "local".to_owned())
    }

    /// The first provider: the one that the documents under `/.well-known/` are about.
    pub(crate) fn first(&self) -> Result<&Issuer, Refusal> {
        self.issuers.first().ok_or(Refusal::KeySetUnavailable)
    }

    /// How many verdicts are kept.
    pub(crate) fn verdicts_kept(&self) -> usize {
        self.verdicts.len()
    }

    fn decide_now(&self, head: &RequestHead<'_>) -> Decision<'_> {
        self.settings.policy.decide(head, &Bench { isolate: self, now: clock::now() })
    }

    /// Looks for newer key sets of the providers whose tokens the route takes.
    async fn chase_unknown_kid(&self, route: Option<&Route>) -> bool {
        let mut is_changed = false;
        for issuer in self.issuers_of(route) {
            is_changed |= issuer.key_sets.chase_unknown_kid().await;
        }
        is_changed
    }

    /// Fetches the exact lists that the tokens of the route have to be looked up in.
    async fn fetch_lists(&self, route: Option<&Route>) -> bool {
        let mut is_changed = false;
        for issuer in self.issuers_of(route) {
            is_changed |= issuer.key_sets.fetch_lists().await;
        }
        is_changed
    }

    fn issuers_of(&self, route: Option<&Route>) -> impl Iterator<Item = &Issuer> {
        let providers = route.map(Route::providers).unwrap_or_default();
        providers.into_iter().filter_map(|provider| self.issuers.get(provider))
    }
}

/// Judges tokens by the key sets of an isolate, as they are at an instant.
struct Bench<'i> {
    isolate: &'i Isolate,
    now: Moment,
}

impl Judge for Bench<'_> {
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust> {
        let Isolate { settings, issuers, verdicts, .. } = self.isolate;
        let issuer = issuers.get(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let provider = settings.policy.providers().nth(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let keyring = issuer.key_sets.keyring();
        verdicts.judge((profile, provider), &keyring, token, self.now)
    }
}

/// The name of a request in the answer and in the platform's logs.
pub(crate) fn request_id(request: &Request) -> String {
    request.headers().get("cf-ray").ok().flatten().unwrap_or_else(random_uuid)
}

/// A variable or secret as text. wrangler.toml also takes numbers, booleans, lists and tables, which count as their JSON.
fn variable(env: &Env, name: &str) -> Option<String> {
    let value = Reflect::get(env, &JsValue::from_str(name)).ok()?;
    if value.is_undefined() || value.is_string() {
        return value.as_string();
    }
    JSON::stringify(&value).ok().map(String::from)
}

#[wasm_bindgen(wasm_bindgen = worker::wasm_bindgen)]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = randomUUID)]
    fn random_uuid() -> String;
}
