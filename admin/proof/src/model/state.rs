use super::lab::{DocumentId, FloorId};
use super::ledger::LedgerId;
use super::{Guard, World};

/// One tick more than the report window: no rule asks for a higher age, so that an age stands still here.
pub(super) const OLD: u8 = 3;

/// Everything that is remembered somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// Ticks since the beginning, by the true clock.
    pub now: u8,
    /// The database.
    pub(super) ledger: LedgerId,
    /// When the lease in the database ends, by the clock of whoever asks; 0 for nobody's.
    pub(super) leased_until: u8,
    pub(super) servers: Vec<Server>,
    pub(super) store: Store,
    pub(super) regions: Vec<Region>,
    pub(super) left: Left,
}

/// One server's memory, which it loses in a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Server {
    Down,
    Idle,
    Pushing {
        document: DocumentId,
        version: u8,
        step: Step,
        /// Whether the fence has risen since it took the lease.
        is_overtaken: bool,
    },
}

/// How far a push has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Begun,
    Looked,
    Written,
}

/// The store of the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Store {
    pub(super) value: DocumentId,
    /// A write on its way that nobody waits for any more, and how long it has been under way.
    pub(super) flying: Option<(DocumentId, u8)>,
    /// Whether a lower version was ever written over a higher one.
    pub(super) has_fallen: bool,
}

/// A region of the edge, with one isolate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Region {
    /// What the location's cache of the store holds, and since how long.
    pub(super) cache: Option<(DocumentId, u8)>,
    pub(super) isolate: Isolate,
    /// The last report of the isolate that is there: version and age.
    pub(super) report: Option<(u8, u8)>,
    /// The same of the isolate before it.
    pub(super) former: Option<(u8, u8)>,
}

/// An isolate's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Isolate {
    pub(super) document: Option<DocumentId>,
    pub(super) floor: FloorId,
    /// The highest version it has judged with.
    pub(super) highest: u8,
    /// Ticks since it has read; 1 for one or more.
    pub(super) idle: u8,
    /// Whether it has looked for an unknown `kid` in this tick, and does not look again.
    pub(super) has_chased: bool,
}

/// How much may still go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Left {
    pub(super) orders: u8,
    pub(super) naps: u8,
    pub(super) crashes: u8,
    pub(super) vain_writes: u8,
    pub(super) late_writes: u8,
    pub(super) forgetting: u8,
    pub(super) lost_reports: u8,
    pub(super) probes: u8,
}

impl Isolate {
    pub(super) const NEW: Self =
        Self { document: None, floor: FloorId::NOTHING, highest: 0, idle: 1, has_chased: false };
}

impl World {
    /// One active key, published long ago and known to every region.
    pub(super) fn beginning(&self) -> State {
        let (ledger, document) = self.lab.beginning(self.scope.token_ticks);
        let floor = self.lab.raised(FloorId::NOTHING, document);
        let isolate = Isolate { document: Some(document), floor, highest: 1, idle: 0, has_chased: false };
        let region = Region { cache: Some((document, 0)), isolate, report: Some((1, 0)), former: None };
        let count = |orders: &[_]| u8::try_from(orders.len()).unwrap_or(u8::MAX);
        State {
            now: 0,
            ledger,
            leased_until: 0,
            servers: vec![Server::Idle; self.scope.servers],
            store: Store { value: document, flying: None, has_fallen: false },
            regions: vec![region; self.scope.regions],
            left: Left {
                orders: count(self.scope.orders),
                naps: self.scope.naps,
                crashes: self.scope.crashes,
                vain_writes: self.scope.vain_writes,
                late_writes: self.scope.late_writes,
                forgetting: self.scope.forgetting,
                lost_reports: self.scope.lost_reports,
                probes: self.scope.probes,
            },
        }
    }

    /// Time stands still while a server that is awake has something to do, unless it naps; and while a write on its way
    /// is older than any exchange lasts.
    pub(super) fn time_may_pass(&self, state: &State) -> bool {
        let is_flying_too_long = state.store.flying.is_some_and(|(_, age)| age >= 1);
        !is_flying_too_long && (state.left.naps > 0 || !self.is_busy(state))
    }

    pub(super) fn tick(&self, state: &mut State) -> Option<()> {
        if self.is_busy(state) {
            state.left.naps = state.left.naps.checked_sub(1)?;
        }
        state.now += 1;
        if state.leased_until <= state.now {
            state.leased_until = 0;
        }
        let older = |age: &mut u8| *age = (*age + 1).min(OLD);
        if let Some((_, age)) = &mut state.store.flying {
            older(age);
        }
        for region in &mut state.regions {
            region.isolate.idle = 1;
            region.isolate.has_chased = false;
            for (_, age) in [&mut region.report, &mut region.former].into_iter().flatten() {
                older(age);
            }
            if let Some((_, age)) = &mut region.cache {
                older(age);
            }
            // What the cache may not answer with any more makes no difference.
            region.cache = region.cache.filter(|(_, age)| *age < self.lab.cache_ticks());
        }
        Some(())
    }

    fn is_busy(&self, state: &State) -> bool {
        (0..state.servers.len()).any(|server| self.has_work(state, server))
    }

    pub(super) fn may_repair(&self) -> bool {
        self.has(Guard::Repair)
    }
}
