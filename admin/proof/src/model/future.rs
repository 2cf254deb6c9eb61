//! What comes of a state once nothing goes wrong any more. Liveness as a fact about each state where the exploration
//! ends: the checker cannot tell a loop from two ways to one place, so that its own "eventually" would overlook some.

use super::state::{Server, State};
use super::{Action, World};

/// More ticks than a whole rotation takes.
const TICKS: u8 = 40;
/// More than a server ever has to do in one tick.
const ROUNDS: u8 = 30;

impl World {
    /// Whether everything that was begun comes to its end: rotations, pushes, and the view of every edge.
    pub(super) fn ends_well(&self, state: &State) -> bool {
        let mut state = state.clone();
        (0..TICKS).any(|_| {
            self.settle(&mut state);
            let is_over = self.is_over(&state);
            let _ = self.tick(&mut state);
            is_over
        })
    }

    /// Everybody does what is due: the write on its way arrives, servers start, push and advance, edges read and report.
    fn settle(&self, state: &mut State) {
        for _ in 0..ROUNDS {
            let before = state.clone();
            let _ = self.serve(state, Action::Arrive);
            for server in 0..state.servers.len() {
                if state.servers.get(server) == Some(&Server::Down) {
                    let _ = self.serve(state, Action::Restart(server));
                }
                let steps = [
                    Action::Advance(server),
                    Action::TakeLease(server),
                    Action::Look(server),
                    Action::Write(server),
                    Action::ReadBack(server),
                ];
                for step in steps {
                    self.try_step(state, server, step);
                }
            }
            for region in 0..state.regions.len() {
                let _ = self.visit(state, region, false, true);
            }
            if *state == before {
                return;
            }
        }
    }

    /// Takes a step if it is one of those that the server can take.
    fn try_step(&self, state: &mut State, _server: usize, step: Action) {
        let mut possible = Vec::new();
        self.server_actions(state, &mut possible);
        if possible.iter().any(|it| matches!(it, Action::Repair(_))) {
            possible.retain(|it| matches!(it, Action::Repair(_)));
            if let Some(repair) = possible.first() {
                let _ = self.serve(state, *repair);
            }
        } else if possible.contains(&step) {
            let _ = self.serve(state, step);
        }
    }

    fn is_over(&self, state: &State) -> bool {
        let Some(ledger) = self.lab.ledger(state.ledger) else { return false };
        let is_rotating =
            ledger.issuer.rotation.as_ref().is_some_and(|it| it.is_under_way(&ledger.issuer.ring));
        let knows = |document| document == Some(ledger.document);
        !is_rotating
            && ledger.is_pushed
            && state.store.value == ledger.document
            && state.regions.iter().all(|region| knows(region.isolate.document))
    }
}
