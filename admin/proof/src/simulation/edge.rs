//! The edge: regions with isolates, each with the worker's own keyring, rhythm of reading and rhythm of reporting.

use std::time::Duration;

use keystile_gateway::{Chase, Distrust, Keyring, Moment, Plan, ReadError, ReportClock};
use keystile_validator::{Code, Expected, Floor, Policy, RootKeys};

use super::store::SlowStore;
use crate::house::{AUDIENCE, ISS};

/// The part of an isolate's reads of the store that fail, in percent.
const FAILING_PERCENT: u8 = 1;
/// The part of visits that find a new isolate instead of the old one, in percent.
const FORGETTING_PERCENT: u8 = 2;
/// By so many seconds a clock may be wrong: what the propagation bound counts with.
const SKEW_SECS: i64 = 30;

/// One location of the edge: its isolates share the location's cache of the store.
pub(super) struct Region {
    pub(super) name: String,
    number: usize,
    cache: Option<Cached>,
    pub(super) isolates: Vec<Isolate>,
}

struct Cached {
    value: String,
    read_at_millis: u64,
}

/// One isolate, with a memory and a clock of its own.
pub(super) struct Isolate {
    keyring: Keyring,
    policy: Policy,
    reports: ReportClock,
    pub(super) instance: String,
    skew_millis: i64,
}

/// What everybody at the edge is configured with.
pub(super) struct Deployment {
    pub(super) roots: RootKeys,
    pub(super) leeway_secs: u64,
    pub(super) cache_ttl_secs: u64,
}

/// What surrounds a visit.
pub(super) struct Scene<'a> {
    pub(super) now_millis: u64,
    pub(super) store: &'a SlowStore,
    /// The server's document, as the second source answers with it; `None` while the server does not answer.
    pub(super) server: Option<&'a str>,
    pub(super) deployment: &'a Deployment,
    pub(super) random: &'a mut fastrand::Rng,
}

/// What comes of a visit.
pub(super) struct Verdict {
    /// Why the token was refused, if it was.
    pub(super) refusal: Option<&'static str>,
    /// Whether its unknown `kid` made the isolate look for a newer set.
    pub(super) chased: bool,
    /// The version to report now, if it is time to.
    pub(super) report: Option<u64>,
}

impl Region {
    pub(super) fn new(
        number: usize,
        isolates: usize,
        deployment: &Deployment,
        random: &mut fastrand::Rng,
    ) -> Result<Self, String> {
        let isolates = (0..isolates).map(|_| Isolate::start(deployment, random)).collect::<Result<_, _>>()?;
        Ok(Self { name: format!("region-{number}"), number, cache: None, isolates })
    }

    /// A token visits an isolate of this region, which may have lost its memory meanwhile.
    pub(super) fn visit(
        &mut self,
        isolate: usize,
        token: &str,
        scene: &mut Scene<'_>,
    ) -> Result<Verdict, String> {
        let slot = self.isolates.get_mut(isolate).ok_or("no such isolate")?;
        if scene.random.u8(0..100) < FORGETTING_PERCENT {
            *slot = Isolate::start(scene.deployment, scene.random)?;
        }
        // One that has nothing to judge by while neither store nor server answers refuses everything, unless a set is
        // bundled with it: not rehearsed here.
        let can_do_without = slot.can_judge(scene) || scene.server.is_some();
        let fails = can_do_without && scene.random.u8(0..100) < FAILING_PERCENT;
        let found = if fails { Err(ReadError::Failed("the store")) } else { self.read(scene) };
        let isolate = self.isolates.get_mut(isolate).ok_or("no such isolate")?;
        Ok(isolate.serve(token, found, scene))
    }

    /// What a read of the store gives here, through the location's cache.
    fn read(&mut self, scene: &Scene<'_>) -> Result<String, ReadError> {
        let ttl = scene.deployment.cache_ttl_secs * 1_000;
        if let Some(cached) = self.cache.as_ref().filter(|it| scene.now_millis - it.read_at_millis < ttl) {
            return Ok(cached.value.clone());
        }
        let value = scene.store.seen_from(self.number).ok_or(ReadError::Absent("the store"))?;
        self.cache = Some(Cached { value: value.clone(), read_at_millis: scene.now_millis });
        Ok(value)
    }
}

impl Isolate {
    fn start(deployment: &Deployment, random: &mut fastrand::Rng) -> Result<Self, String> {
        let policy = Policy::builder()
            .issuer(Expected::one_of([ISS]))
            .audience(Expected::one_of([AUDIENCE]))
            .leeway(deployment.leeway_secs)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            keyring: Keyring::new(ISS.to_owned(), deployment.roots.clone(), Floor::default()),
            policy,
            reports: ReportClock::default(),
            instance: format!("{:016x}", random.u64(..)),
            skew_millis: random.i64(-SKEW_SECS..=SKEW_SECS) * 1_000,
        })
    }

    /// The way of a request through the worker: plan, read, judge, chase, judge again, report. A read takes no time
    /// here; one in the background ends right after the judgement.
    fn serve(&mut self, token: &str, found: Result<String, ReadError>, scene: &Scene<'_>) -> Verdict {
        let now = self.now(scene);
        let plan = self.keyring.plan(now);
        if plan == Plan::ReadFirst {
            self.read(found.clone().or_else(|error| self.ask_elsewhere(error, scene)), now);
        }
        let mut judged = self.judge(token, now);
        let mut chased = false;
        if is_unknown(&judged) {
            chased = self.chase(found.clone(), scene, now);
            judged = self.judge(token, now);
        }
        if plan == Plan::JudgeAndRead {
            self.read(found, now);
        }
        let version = self.keyring.version();
        let report = version.filter(|version| self.reports.take_due(*version, now));
        Verdict { refusal: judged.err(), chased, report }
    }

    fn judge(&self, token: &str, now: Moment) -> Result<(), &'static str> {
        match self.keyring.judge(&self.policy, token.as_bytes(), now) {
            Ok(_) => Ok(()),
            Err(Distrust::Token(error)) => Err(error.code().as_str()),
            Err(Distrust::NoKeySet) => Err("key_set_unavailable"),
        }
    }

    /// Whoever has nothing to judge by asks the server where the store does not answer.
    fn ask_elsewhere(&self, error: ReadError, scene: &Scene<'_>) -> Result<String, ReadError> {
        let document = scene.server.filter(|_| !self.can_judge(scene));
        document.map(str::to_owned).ok_or(error)
    }

    fn can_judge(&self, scene: &Scene<'_>) -> bool {
        self.keyring.standing(self.now(scene)).is_usable()
    }

    fn now(&self, scene: &Scene<'_>) -> Moment {
        Moment::from_millis(scene.now_millis.saturating_add_signed(self.skew_millis))
    }

    fn read(&mut self, found: Result<String, ReadError>, now: Moment) {
        let outcome = self.take(found, now).map(drop);
        self.keyring.end_read(outcome, now);
    }

    fn take(&mut self, found: Result<String, ReadError>, now: Moment) -> Result<bool, ReadError> {
        Ok(self.keyring.accept(found?, now)?)
    }

    /// Looks in the store, then at the server; says whether it looked at all.
    fn chase(&mut self, found: Result<String, ReadError>, scene: &Scene<'_>, now: Moment) -> bool {
        let pause = Duration::from_secs(scene.deployment.cache_ttl_secs);
        if self.keyring.chase(now, pause) != Chase::Look {
            return false;
        }
        let of_store = self.take(found, now);
        let of_server = scene.server.map(str::to_owned).ok_or(ReadError::Failed("the admin server"));
        let outcome = self.take(of_server, now).or(of_store);
        self.keyring.end_chase(outcome.map(drop), now);
        true
    }
}

fn is_unknown(judged: &Result<(), &'static str>) -> bool {
    *judged == Err(Code::KidUnknown.as_str())
}
