//! A small world of servers, a store and edges, for a model checker that goes through every order of events there is.
//!
//! | part | what it is |
//! |---|---|
//! | [`Scope`] | how many of everything, what is ordered, how much may go wrong |
//! | [`Guard`] | what protects the promises; each can be broken on purpose |
//! | `lab` | the real code: the domain of the server, its signed key sets, the validator and its floor |
//! | `state` | everything that is remembered somewhere, in ticks of thirty seconds |
//! | `server`, `edge` | what may happen next |
//! | `properties` | what must hold in every state that can be reached |

mod edge;
mod future;
mod lab;
mod ledger;
mod properties;
mod scope;
mod server;
mod state;

pub use lab::Lab;
pub use properties::NAMES;
pub use scope::{Guard, Order, Scope};
pub use state::State;

use std::sync::Arc;

use stateright::{Model, Property};

/// Something that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Thirty seconds pass.
    Tick,
    /// A person gives the next order of the scope, to this server.
    Order(usize),
    /// The steward of a server takes the step that is due.
    Advance(usize),
    /// A server takes the lease, to push the current set.
    TakeLease(usize),
    /// It looks what the store holds.
    Look(usize),
    /// It writes, and the write arrives.
    Write(usize),
    /// It writes, and is told that all is well, but nothing was kept.
    WriteInVain(usize),
    /// It writes, and hears no answer; the write arrives later.
    WriteLate(usize),
    /// It reads back what it wrote, and notes the outcome.
    ReadBack(usize),
    /// A server finds that the store does not hold what was pushed, and orders the push again.
    Repair(usize),
    /// A server dies.
    Crash(usize),
    /// It starts again.
    Restart(usize),
    /// The write on its way arrives.
    Arrive,
    /// A request comes to the isolate of a region.
    Visit {
        /// The region.
        region: usize,
        /// Whether the location's cache answers, if the isolate reads.
        from_cache: bool,
        /// Whether its report arrives.
        reports: bool,
    },
    /// Somebody presents a made-up `kid` to the isolate of a region, which looks for it at the server.
    Probe(usize),
    /// The isolate of a region is replaced by a new one.
    Forget(usize),
}

/// The world of a scope, with one guard broken or none.
#[derive(Clone)]
pub struct World {
    scope: Scope,
    broken: Option<Guard>,
    lab: Arc<Lab>,
}

impl World {
    /// The world of this scope.
    pub fn new(scope: Scope, broken: Option<Guard>, lab: Arc<Lab>) -> Self {
        Self { scope, broken, lab }
    }

    fn has(&self, guard: Guard) -> bool {
        self.broken != Some(guard)
    }
}

impl Model for World {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.beginning()]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.now >= self.scope.horizon {
            return;
        }
        self.server_actions(state, actions);
        self.edge_actions(state, actions);
        if self.time_may_pass(state) {
            actions.push(Action::Tick);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let happened = match action {
            Action::Tick => self.tick(&mut state),
            Action::Visit { region, from_cache, reports } => {
                self.visit(&mut state, region, from_cache, reports)
            }
            Action::Probe(region) => self.probe(&mut state, region),
            Action::Forget(region) => self.forget(&mut state, region),
            other => self.serve(&mut state, other),
        };
        (happened.is_some() && state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
