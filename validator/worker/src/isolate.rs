//! What one isolate keeps between requests.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use worker::{
    Env, Request,
    js_sys::{JSON, Reflect},
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
};

use crate::{
    clock::Moment,
    counters::Counters,
    gate::{self, Passport},
    key_sets::KeySets,
    refusal::Refusal,
    report::ReportClock,
    settings::{SettingError, Settings},
    token_source,
};

/// The state of this isolate. A trap of the WASM starts a new one, under another instance id.
pub(crate) struct Isolate {
    pub(crate) settings: Settings,
    pub(crate) key_sets: Rc<KeySets>,
    pub(crate) counters: RefCell<Counters>,
    pub(crate) reports: RefCell<ReportClock>,
    /// Tells this isolate from the others of its region.
    pub(crate) instance: String,
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
        Ok(Self {
            key_sets: Rc::new(KeySets::new(&settings, store)),
            settings,
            counters: RefCell::default(),
            reports: RefCell::default(),
            instance: random_uuid(),
        })
    }

    /// Judges the token of a request, and judges again with a newer key set if its `kid` is unknown, and with
    /// the exact list if a filter has a hit for it.
    pub(crate) async fn judge(&self, request: &Request) -> Result<Passport, Refusal> {
        let authorization = request.headers().get("authorization")?;
        let cookies = request.headers().get("cookie")?;
        let cookie_name = self.settings.token_cookie.as_deref();
        let presented = token_source::find(authorization.as_deref(), cookies.as_deref(), cookie_name);

        let decide = || gate::decide(&presented, &self.key_sets.keyring(), Moment::now());
        let mut decision = decide();
        if gate::names_an_unknown_key(&decision) && self.key_sets.chase_unknown_kid().await {
            decision = decide();
        }
        if gate::awaits_a_list(&decision) && self.key_sets.fetch_lists().await {
            decision = decide();
        }
        self.count(&decision);
        decision
    }

    /// Where this isolate runs: what the configuration says, or else the data center.
    pub(crate) fn region(&self, request: &Request) -> String {
        let data_center = || request.cf().map(|cf| cf.colo().to_ascii_lowercase());
        self.settings.region.clone().or_else(data_center).unwrap_or_else(|| "local".to_owned())
    }

    fn count(&self, decision: &Result<Passport, Refusal>) {
        let mut counters = self.counters.borrow_mut();
        match decision {
            Ok(passport) => counters.accept(passport, Moment::now()),
            Err(refusal) => counters.refuse(refusal),
        }
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
