//! What the isolates of the edge do: read, believe, report, and forget.

use super::lab::{DocumentId, FloorId, TICK_SECS, secs};
use super::state::{Isolate, State};
use super::{Action, Guard, World};

/// Twice `refresh`: a set as old as that is read anew before it judges.
const FOREGROUND_TICKS: u8 = 1;
/// From then on a location may answer a read with something newer than its cache.
const FRESH: bool = false;

impl World {
    pub(super) fn edge_actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (region, place) in state.regions.iter().enumerate() {
            let reads = place.isolate.idle >= FOREGROUND_TICKS || place.isolate.document.is_none();
            let answers: &[bool] = if reads && place.cache.is_some() { &[FRESH, true] } else { &[FRESH] };
            for from_cache in answers {
                actions.push(Action::Visit { region, from_cache: *from_cache, reports: true });
                if state.left.lost_reports > 0 {
                    actions.push(Action::Visit { region, from_cache: *from_cache, reports: false });
                }
            }
            if state.left.probes > 0 && self.judges(&place.isolate) && !place.isolate.has_chased {
                actions.push(Action::Probe(region));
            }
            if state.left.forgetting > 0 && place.isolate != Isolate::NEW {
                actions.push(Action::Forget(region));
            }
        }
    }

    /// A clock of the edge, in seconds: slow in the first region and fast in the second, by a tick each.
    pub(super) fn edge_clock(&self, state: &State, region: usize) -> u64 {
        let now = secs(state.now);
        match (self.scope.servers, region) {
            // The second server's clock is ahead already, by all that two clocks may differ.
            (2.., _) => now,
            (_, 0) => now - TICK_SECS,
            _ => now + TICK_SECS,
        }
    }

    /// A request: the isolate reads if its set is old, or because it has not read in this tick, and reports what it has.
    pub(super) fn visit(
        &self,
        state: &mut State,
        region: usize,
        from_cache: bool,
        reports: bool,
    ) -> Option<()> {
        let (value, at) = (state.store.value, self.edge_clock(state, region));
        let place = state.regions.get_mut(region)?;
        let must_read = place.isolate.idle >= FOREGROUND_TICKS && self.has(Guard::Freshness);
        if must_read || place.isolate.document.is_none() {
            let found = match place.cache {
                Some((cached, _)) if from_cache => cached,
                _ => {
                    place.cache = Some((value, 0));
                    value
                }
            };
            self.believe(&mut place.isolate, found, at);
            place.isolate.idle = 0;
        }
        if reports {
            place.report = Some((self.lab.version(place.isolate.document?), 0));
        } else {
            state.left.lost_reports = state.left.lost_reports.checked_sub(1)?;
        }
        Some(())
    }

    /// Takes what was read if the validator believes it, above this isolate's floor.
    fn believe(&self, isolate: &mut Isolate, found: DocumentId, at: u64) {
        let floor = if self.has(Guard::Floor) { isolate.floor } else { FloorId::NOTHING };
        if let Some(raised) = self.lab.believe(floor, found, at) {
            isolate.floor = raised;
            isolate.document = Some(found);
            isolate.highest = isolate.highest.max(self.lab.version(found));
        }
    }

    /// A request with a made-up `kid`: the isolate takes what the server has, and does not look again in this tick.
    pub(super) fn probe(&self, state: &mut State, region: usize) -> Option<()> {
        state.left.probes = state.left.probes.checked_sub(1)?;
        let (found, at) = (self.lab.ledger(state.ledger)?.document, self.edge_clock(state, region));
        let place = state.regions.get_mut(region)?;
        self.believe(&mut place.isolate, found, at);
        place.isolate.has_chased = true;
        Some(())
    }

    pub(super) fn forget(&self, state: &mut State, region: usize) -> Option<()> {
        state.left.forgetting = state.left.forgetting.checked_sub(1)?;
        let place = state.regions.get_mut(region)?;
        place.isolate = Isolate::NEW;
        place.former = place.report.take();
        Some(())
    }

    /// Whether the isolate would judge the next request by what it has now.
    pub(super) fn judges(&self, isolate: &Isolate) -> bool {
        let is_fresh = isolate.idle < FOREGROUND_TICKS || !self.has(Guard::Freshness);
        isolate.document.is_some() && is_fresh
    }
}
