//! The gate itself: a policy, the key sets behind it, and what it has seen. It decides; what becomes of the request is
//! another's.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use aws_lc_rs::rand;
use keystile_gateway::{
    ASSERTION_HEADER, Asserter, Believed, Counters, Decision, Distrust, GatewayPolicy, Judge, Moment, Pass,
    Profile, Provider, Refusal, Route, Verdicts, Wording,
};
use reqwest::Client;
use tokio::{sync::watch, task::AbortHandle};

use crate::{
    clock,
    head::Head,
    key_sets::{KeySets, UnreachablePlace},
    log::RefusalLog,
};

/// What goes on when the policy changes.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) region: String,
    /// Tells this process from the others of its region.
    pub(crate) instance: String,
    asserter: Option<Asserter>,
    counters: Mutex<Counters>,
    requests: AtomicU64,
    log: RefusalLog,
}

impl Lasting {
    pub(crate) fn new(region: String, asserter: Option<Asserter>) -> Self {
        Self {
            region,
            instance: instance(),
            asserter,
            counters: Mutex::default(),
            requests: AtomicU64::new(0),
            log: RefusalLog::default(),
        }
    }

    /// What has been counted so far.
    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a refusal of a request that could not be put to the policy, or that came to nothing afterwards.
    pub(crate) fn note_refusal(&self, refusal: &Refusal, request_id: &str) {
        self.counters().refuse(None, refusal);
        self.log.failed(refusal, request_id, clock::now());
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
}

/// What all requests under one policy share.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) policy: GatewayPolicy,
    /// The version of the policy, if it is signed.
    pub(crate) policy_version: Option<u64>,
    pub(crate) lasting: Arc<Lasting>,
    /// The key sets of each provider, in the order of the policy.
    followed: Vec<Followed>,
    verdicts: Verdicts,
}

impl Gate {
    /// A gate that has looked once for every key set. What `before` follows already goes on.
    pub(crate) async fn new(
        (policy, policy_version): (GatewayPolicy, Option<u64>),
        lasting: &Arc<Lasting>,
        before: Option<&Self>,
        (client, keep): (&Client, Option<&Path>),
    ) -> Result<Self, UnreachablePlace> {
        let known = |provider: &Provider| before.and_then(|before| before.followed_like(provider)).cloned();
        let mut followed = Vec::new();
        for provider in policy.providers() {
            followed.push(match known(provider) {
                Some(known) => known,
                None => Followed::begin(KeySets::new(provider, client, keep)?),
            });
        }
        for followed in &mut followed {
            followed.first_look().await;
        }
        let verdicts = Verdicts::new(&policy);
        Ok(Self { policy, policy_version, lasting: Arc::clone(lasting), followed, verdicts })
    }

    fn followed_like(&self, provider: &Provider) -> Option<&Followed> {
        let is_like = |(known, _): &(&Provider, &Followed)| {
            known.name() == provider.name()
                && known.issuer() == provider.issuer()
                && known.keys().is_same(provider.keys())
        };
        self.policy.providers().zip(&self.followed).find(is_like).map(|(_, followed)| followed)
    }

    /// Decides about a request, and decides again with a newer key set if the `kid` of its token is unknown, and with
    /// the exact list if a filter has a hit for it.
    pub(crate) async fn decide(&self, head: &Head<'_>) -> Decision<'_> {
        let mut decision = self.decide_now(head);
        if decision.refusal().is_some_and(Refusal::names_an_unknown_key)
            && self.ask_providers(decision.route(), async |it| it.chase_unknown_kid().await).await
        {
            decision = self.decide_now(head);
        }
        if decision.refusal().is_some_and(Refusal::awaits_a_list)
            && self.ask_providers(decision.route(), async |it| it.fetch_lists().await).await
        {
            decision = self.decide_now(head);
        }
        decision
    }

    /// Counts a decision, and logs it if it is a refusal.
    pub(crate) fn note(&self, decision: &Decision<'_>, head: &Head<'_>, request_id: &str) {
        let (now, lasting) = (clock::now(), &self.lasting);
        match decision {
            Decision::Pass(pass) => lasting.counters().pass(pass, now),
            Decision::Refuse { route, refusal } => lasting.counters().refuse(route.map(Route::id), refusal),
        }
        if let Some(refusal) = decision.refusal() {
            let is_shadow = matches!(decision, Decision::Pass(_));
            let route = decision.route().map(Route::id);
            lasting.log.refused(refusal, (route, is_shadow), head, request_id, now);
        }
    }

    /// Tells the origin about the request under our own signature, if it shares a key with us.
    pub(crate) fn assert(&self, pass: &mut Pass<'_>, head: &Head<'_>, request_id: &str) {
        if let Some(asserter) = &self.lasting.asserter {
            let assertion = head.shown_to(|head| asserter.assert(pass, head, request_id, clock::now()));
            pass.set.push((ASSERTION_HEADER.to_owned(), assertion));
        }
    }

    /// How many verdicts are kept.
    pub(crate) fn verdicts_kept(&self) -> usize {
        self.verdicts.len()
    }

    /// The providers with their key sets.
    pub(crate) fn providers(&self) -> impl Iterator<Item = (&Provider, &Arc<KeySets>)> {
        self.policy.providers().zip(self.followed.iter().map(|it| &it.key_sets))
    }

    /// Whether every provider has something to judge by.
    pub(crate) fn is_ready(&self) -> bool {
        let now = clock::now();
        self.followed.iter().all(|it| it.key_sets.keyring().standing(now).is_usable())
    }

    /// How refusals are put into words.
    pub(crate) fn wording(&self) -> Wording<'_> {
        Wording::from(&self.policy)
    }

    fn decide_now(&self, head: &Head<'_>) -> Decision<'_> {
        let bench = Bench { gate: self, now: clock::now() };
        head.shown_to(|head| self.policy.decide(head, &bench))
    }

    /// Has the providers whose tokens the route takes do something, and says whether one of them did.
    async fn ask_providers(&self, route: Option<&Route>, ask: impl AsyncFn(&Arc<KeySets>) -> bool) -> bool {
        let mut is_done = false;
        for provider in route.map(Route::providers).unwrap_or_default() {
            if let Some(followed) = self.followed.get(provider) {
                is_done |= ask(&followed.key_sets).await;
            }
        }
        is_done
    }
}

/// The key sets of one provider, which are followed for as long as anybody has this.
#[derive(Clone, Debug)]
struct Followed {
    key_sets: Arc<KeySets>,
    /// Ends the following with the last of these.
    _task: Arc<Task>,
    /// Ends with the first look.
    looking: Option<watch::Receiver<()>>,
}

#[derive(Debug)]
struct Task(AbortHandle);

impl Followed {
    fn begin(key_sets: KeySets) -> Self {
        let key_sets = Arc::new(key_sets);
        let (looked, looking) = watch::channel(());
        let following = Arc::clone(&key_sets);
        let task = tokio::spawn(async move {
            following.start().await;
            drop(looked);
            following.follow().await;
        });
        Self { key_sets, _task: Arc::new(Task(task.abort_handle())), looking: Some(looking) }
    }

    /// Returns when the first look has ended: a few seconds at most.
    async fn first_look(&mut self) {
        if let Some(mut looking) = self.looking.take() {
            // Nothing is ever said: the other end goes away.
            let _ = looking.changed().await;
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Judges tokens by the key sets as they are at an instant.
struct Bench<'g> {
    gate: &'g Gate,
    now: Moment,
}

impl Judge for Bench<'_> {
    fn judge(&self, profile: &Profile, token: &str) -> Result<Arc<Believed>, Distrust> {
        let (provider, key_sets) = self.gate.providers().nth(profile.provider()).ok_or(Distrust::NoKeySet)?;
        self.gate.verdicts.judge((profile, provider), &key_sets.keyring(), token, self.now)
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
