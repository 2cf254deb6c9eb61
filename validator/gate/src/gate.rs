//! The gate itself: a policy, the key sets behind it, and what it has seen. It decides; what becomes of the request is
//! another's.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::rand;
use keystile_gateway::{
    Believed, Counters, Decision, Distrust, GatewayPolicy, Judge, Moment, Profile, Provider, Refusal, Route,
    Verdicts, Wording,
};

use crate::{
    clock,
    head::Head,
    key_sets::KeySets,
    log::RefusalLog,
    settings::{Settings, SettingsError},
};

/// What all requests share.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) policy: GatewayPolicy,
    /// The key sets of each provider, in the order of the policy.
    pub(crate) key_sets: Vec<Arc<KeySets>>,
    pub(crate) region: String,
    /// Tells this process from the others of its region.
    pub(crate) instance: String,
    verdicts: Verdicts,
    counters: Mutex<Counters>,
    requests: AtomicU64,
    log: RefusalLog,
}

impl Gate {
    /// A gate that has read nothing yet. `settings` give up their policy.
    pub(crate) fn new(settings: Settings) -> Result<Self, SettingsError> {
        let client = client();
        let Settings { policy, keep, region, .. } = settings;
        let key_sets = policy
            .providers()
            .map(|provider| KeySets::new(provider, &client, keep.as_deref()).map(Arc::new))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            verdicts: Verdicts::new(&policy),
            policy,
            key_sets,
            region,
            instance: instance(),
            counters: Mutex::default(),
            requests: AtomicU64::new(0),
            log: RefusalLog::default(),
        })
    }

    /// Decides about a request, and decides again with a newer key set if the `kid` of its token is unknown, and with
    /// the exact list if a filter has a hit for it.
    pub(crate) async fn decide(&self, head: &Head<'_>) -> Decision<'_> {
        let mut decision = self.decide_now(head);
        if refusal_of(&decision).is_some_and(Refusal::names_an_unknown_key)
            && self.ask_providers(route_of(&decision), async |it| it.chase_unknown_kid().await).await
        {
            decision = self.decide_now(head);
        }
        if refusal_of(&decision).is_some_and(Refusal::awaits_a_list)
            && self.ask_providers(route_of(&decision), async |it| it.fetch_lists().await).await
        {
            decision = self.decide_now(head);
        }
        decision
    }

    /// Counts a decision, and logs it if it is a refusal.
    pub(crate) fn note(&self, decision: &Decision<'_>, head: &Head<'_>, request_id: &str) {
        let now = clock::now();
        match decision {
            Decision::Pass(pass) => self.counters().pass(pass, now),
            Decision::Refuse { route, refusal } => self.counters().refuse(route.map(Route::id), refusal),
        }
        if let Some(refusal) = refusal_of(decision) {
            let is_shadow = matches!(decision, Decision::Pass(_));
            let route = route_of(decision).map(Route::id);
            self.log.refused(refusal, (route, is_shadow), head, request_id, now);
        }
    }

    /// Counts a refusal of a request that could not be put to the policy, or that came to nothing afterwards.
    pub(crate) fn note_refusal(&self, refusal: &Refusal, request_id: &str) {
        self.counters().refuse(None, refusal);
        self.log.failed(refusal, request_id, clock::now());
    }

    /// What has been counted so far.
    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many verdicts are kept.
    pub(crate) fn verdicts_kept(&self) -> usize {
        self.verdicts.len()
    }

    /// The providers with their key sets.
    pub(crate) fn providers(&self) -> impl Iterator<Item = (&Provider, &Arc<KeySets>)> {
        self.policy.providers().zip(&self.key_sets)
    }

    /// Whether every provider has something to judge by.
    pub(crate) fn is_ready(&self) -> bool {
        let now = clock::now();
        self.key_sets.iter().all(|it| it.keyring().standing(now).is_usable())
    }

    /// How refusals are put into words.
    pub(crate) fn wording(&self) -> Wording<'_> {
        Wording::from(&self.policy)
    }

    /// The name of a request in answer and log: the proxy's if it gave one that can be quoted, or else one of our own.
    pub(crate) fn request_id(&self, given: Option<&str>) -> String {
        let is_id = |it: &&str| {
            (1..=64).contains(&it.len())
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        };
        match given.filter(is_id) {
            Some(given) => given.to_owned(),
            None => {
                let number = self.requests.fetch_add(1, Ordering::Relaxed);
                format!("{}-{number:x}", self.instance.get(..8).unwrap_or_default())
            }
        }
    }

    fn decide_now(&self, head: &Head<'_>) -> Decision<'_> {
        let bench = Bench { gate: self, now: clock::now() };
        head.shown_to(|head| self.policy.decide(head, &bench))
    }

    /// Has the providers whose tokens the route takes do something, and says whether one of them did.
    async fn ask_providers(&self, route: Option<&Route>, ask: impl AsyncFn(&Arc<KeySets>) -> bool) -> bool {
        let mut is_done = false;
        for provider in route.map(Route::providers).unwrap_or_default() {
            if let Some(key_sets) = self.key_sets.get(provider) {
                is_done |= ask(key_sets).await;
            }
        }
        is_done
    }
}

/// Judges tokens by the key sets as they are at an instant.
struct Bench<'g> {
    gate: &'g Gate,
    now: Moment,
}

impl Judge for Bench<'_> {
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust> {
        let Gate { policy, key_sets, verdicts, .. } = self.gate;
        let key_sets = key_sets.get(profile.provider()).ok_or(Distrust::NoKeySet)?;
        let provider = policy.providers().nth(profile.provider()).ok_or(Distrust::NoKeySet)?;
        verdicts.judge((profile, provider), &key_sets.keyring(), token, self.now)
    }
}

/// Why a request is refused, or would be if its route enforced anything.
fn refusal_of<'d>(decision: &'d Decision<'_>) -> Option<&'d Refusal> {
    match decision {
        Decision::Pass(pass) => pass.shadowed.as_ref(),
        Decision::Refuse { refusal, .. } => Some(refusal),
    }
}

fn route_of<'p>(decision: &Decision<'p>) -> Option<&'p Route> {
    match decision {
        Decision::Pass(pass) => Some(pass.route),
        Decision::Refuse { route, .. } => *route,
    }
}

/// A name that no other process has.
fn instance() -> String {
    let mut octets = [0; 16];
    // Where even the kernel has no randomness, the process's number tells it from its neighbours.
    if rand::fill(&mut octets).is_err() {
        return format!("process-{}", std::process::id());
    }
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What key sets are read and reports are sent with. A redirect is not followed: we ask whom we are told to.
pub(crate) fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("keystile-gate/", env!("CARGO_PKG_VERSION")));
    // Nothing in these settings can be refused.
    builder.build().unwrap_or_default()
}
