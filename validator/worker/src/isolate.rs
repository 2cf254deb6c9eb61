//! What one isolate keeps between requests.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use keystile_gateway::{
    ASSERTION_HEADER, Believed, Counters, Decision, Distrust, GatewayPolicy, Judge, Moment, Pass, Profile,
    Provider, Refusal, ReportClock, RequestHead, Route, Verdicts,
};
use worker::{
    AnalyticsEngineDataset, Context, Env, Request,
    js_sys::{JSON, Reflect},
    wasm_bindgen::{JsValue, prelude::wasm_bindgen},
};

use crate::{analytics, clock, deployment::Bindings, key_sets::KeySets, settings::Settings};

/// The state of this isolate. A trap of the WASM starts a new one, under another instance id.
pub(crate) struct Isolate {
    pub(crate) settings: Rc<Settings>,
    pub(crate) policy: Rc<GatewayPolicy>,
    /// The version of the policy, if it was read from the store.
    pub(crate) policy_version: Option<u64>,
    /// The key set of each provider, in the order of the policy. There is at least one.
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) counters: RefCell<Counters>,
    /// Tells this isolate from the others of its region.
    pub(crate) instance: String,
    verdicts: Verdicts,
    analytics: Option<AnalyticsEngineDataset>,
}

/// What an isolate keeps for one provider.
pub(crate) struct Issuer {
    pub(crate) key_sets: Rc<KeySets>,
    pub(crate) reports: RefCell<ReportClock>,
}

impl Isolate {
    /// The state under a policy. What `before` knows of the same key sets, and has counted, goes on.
    pub(crate) fn new(
        settings: &Rc<Settings>,
        bindings: &Bindings,
        (policy, policy_version): (Rc<GatewayPolicy>, Option<u64>),
        before: Option<&Self>,
    ) -> Self {
        let make = |provider: &Provider| Issuer {
            key_sets: Rc::new(KeySets::new(provider, bindings, settings)),
            reports: RefCell::default(),
        };
        let issuers = policy.providers().map(|provider| {
            before.and_then(|before| before.issuer_like(provider)).unwrap_or_else(|| make(provider))
        });
        Self {
            issuers: issuers.collect(),
            verdicts: Verdicts::new(&policy),
            analytics: bindings.analytics.clone(),
            counters: before.map(|before| before.counters.clone()).unwrap_or_default(),
            instance: before.map_or_else(random_uuid, |before| before.instance.clone()),
            settings: Rc::clone(settings),
            policy,
            policy_version,
        }
    }

    /// What is kept for a provider whose key sets are the same.
    fn issuer_like(&self, provider: &Provider) -> Option<Issuer> {
        let is_like = |(_, known): &(&Issuer, &Provider)| {
            known.issuer() == provider.issuer() && known.keys().is_same(provider.keys())
        };
        self.issuers
            .iter()
            .zip(self.policy.providers())
            .find(is_like)
            .map(|(issuer, _)| Issuer { key_sets: Rc::clone(&issuer.key_sets), reports: RefCell::default() })
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

    /// Counts a request, here and where it is analysed.
    pub(crate) fn count(&self, decision: &Decision<'_>, request: &Request) {
        let mut counters = self.counters.borrow_mut();
        match decision {
            Decision::Pass(pass) => counters.pass(pass, clock::now()),
            Decision::Refuse { route, refusal } => counters.refuse(route.map(Route::id), refusal),
        }
        if let Some(dataset) = &self.analytics {
            analytics::write(dataset, self, decision, request);
        }
    }

    /// Tells the origin about the request under our own signature, if it shares a key with us.
    pub(crate) fn assert(&self, pass: &mut Pass<'_>, head: &RequestHead<'_>, request: &Request) {
        if let Some(asserter) = &self.settings.asserter {
            let assertion = asserter.assert(pass, head, &request_id(request), clock::now());
            pass.set.push((ASSERTION_HEADER.to_owned(), assertion));
        }
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
        self.policy.decide(head, &Bench { isolate: self, now: clock::now() })
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
        let Isolate { policy, issuers, verdicts, .. } = self.isolate;
        let issuer = issuers.get(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let provider = policy.providers().nth(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let keyring = issuer.key_sets.keyring();
        verdicts.judge((profile, provider), &keyring, token, self.now)
    }
}

/// The name of a request in the answer and in the platform's logs.
pub(crate) fn request_id(request: &Request) -> String {
    request.headers().get("cf-ray").ok().flatten().unwrap_or_else(random_uuid)
}

/// A variable or secret as text. wrangler.toml also takes numbers, booleans, lists and tables, which count as their JSON.
pub(crate) fn variable(env: &Env, name: &str) -> Option<String> {
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
