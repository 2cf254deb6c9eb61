//! What the servers do: the steward's steps, and a push in its four parts, each of which a crash or a nap may follow.

use super::ledger::Ledger;
use super::state::{Server, State, Step};
use super::{Action, Guard, World};

/// A lease ends so many ticks after it was taken, by the clock of whoever asks.
const LEASE_TICKS: u8 = 1;

impl World {
    /// The clock of a server. That of the second one is ahead by as much as clocks may differ.
    fn clock(&self, state: &State, server: usize) -> u8 {
        if server == 0 { state.now } else { state.now + 1 }
    }

    /// Whether a server that is awake would do something now.
    pub(super) fn has_work(&self, state: &State, server: usize) -> bool {
        let now = self.clock(state, server);
        match state.servers.get(server) {
            None | Some(Server::Down) => false,
            Some(Server::Pushing { .. }) => true,
            Some(Server::Idle) => {
                let waits = || self.lab.ledger(state.ledger).is_some_and(|ledger| !ledger.is_pushed);
                self.has_step(state, now) || (waits() && now >= state.leased_until)
            }
        }
    }

    pub(super) fn server_actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (number, server) in state.servers.iter().enumerate() {
            let now = self.clock(state, number);
            match server {
                Server::Down => actions.push(Action::Restart(number)),
                Server::Idle => self.idle_actions(state, number, now, actions),
                Server::Pushing { step: Step::Begun, .. } => actions.push(Action::Look(number)),
                Server::Pushing { step: Step::Looked, .. } => {
                    actions.push(Action::Write(number));
                    if state.left.vain_writes > 0 {
                        actions.push(Action::WriteInVain(number));
                    }
                    if state.left.late_writes > 0 {
                        actions.push(Action::WriteLate(number));
                    }
                }
                Server::Pushing { step: Step::Written, .. } => actions.push(Action::ReadBack(number)),
            }
            if *server != Server::Down && state.left.crashes > 0 {
                actions.push(Action::Crash(number));
            }
        }
        if state.store.flying.is_some() {
            actions.push(Action::Arrive);
        }
    }

    fn idle_actions(&self, state: &State, number: usize, now: u8, actions: &mut Vec<Action>) {
        let Some(ledger) = self.lab.ledger(state.ledger) else { return };
        if state.left.orders > 0 && state.now < self.scope.orders_until {
            actions.push(Action::Order(number));
        }
        if self.has_step(state, now) {
            actions.push(Action::Advance(number));
        }
        if !ledger.is_pushed && now >= state.leased_until {
            actions.push(Action::TakeLease(number));
        }
        if ledger.is_pushed && state.store.value != ledger.document && self.may_repair() {
            actions.push(Action::Repair(number));
        }
    }

    /// An action of a server, or a write that arrives.
    pub(super) fn serve(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Order(number) => self.give_order(state, number),
            Action::Advance(number) => self.advance(state, number),
            Action::TakeLease(number) => self.take_lease(state, number),
            Action::Look(number) => self.look(state, number),
            Action::Write(number) | Action::WriteInVain(number) | Action::WriteLate(number) => {
                self.write(state, number, action)
            }
            Action::ReadBack(number) => self.read_back(state, number),
            Action::Repair(_) => self.order_again(state),
            Action::Crash(number) => {
                state.left.crashes = state.left.crashes.checked_sub(1)?;
                self.become_idle(state, number, Server::Down)
            }
            Action::Restart(number) => self.become_idle(state, number, Server::Idle),
            Action::Arrive => {
                let (document, _) = state.store.flying.take()?;
                self.put(state, document);
                Some(())
            }
            Action::Tick | Action::Visit { .. } | Action::Probe(_) | Action::Forget(_) => None,
        }
    }

    fn become_idle(&self, state: &mut State, number: usize, server: Server) -> Option<()> {
        *state.servers.get_mut(number)? = server;
        Some(())
    }

    fn give_order(&self, state: &mut State, number: usize) -> Option<()> {
        let now = self.clock(state, number);
        let given = self.scope.orders.len().checked_sub(usize::from(state.left.orders))?;
        let ledger = self.order(self.read(state, now)?, *self.scope.orders.get(given)?, now)?;
        state.left.orders -= 1;
        self.commit(state, ledger)
    }

    fn advance(&self, state: &mut State, number: usize) -> Option<()> {
        let now = self.clock(state, number);
        let ledger = self.read(state, now)?;
        let step = self.due(&ledger, now)?;
        let ledger = self.apply(ledger, &step, now)?;
        self.commit(state, ledger)
    }

    fn take_lease(&self, state: &mut State, number: usize) -> Option<()> {
        let now = self.clock(state, number);
        let ledger = self.read(state, now)?;
        if now < state.leased_until {
            return None;
        }
        state.leased_until = now + LEASE_TICKS;
        for server in &mut state.servers {
            if let Server::Pushing { is_overtaken, .. } = server {
                *is_overtaken = true;
            }
        }
        let (document, version) = (ledger.document, self.lab.version(ledger.document));
        let begun = Server::Pushing { document, version, step: Step::Begun, is_overtaken: false };
        self.become_idle(state, number, begun)
    }

    /// A genuine set that is not older is never overwritten; the same document has arrived already.
    fn look(&self, state: &mut State, number: usize) -> Option<()> {
        let Server::Pushing { document, version, .. } = *state.servers.get(number)? else { return None };
        let found = state.store.value;
        if found == document {
            return self.set_step(state, number, Step::Written);
        }
        if self.lab.version(found) >= version && self.has(Guard::VersionRule) {
            self.release(state, number);
            return self.become_idle(state, number, Server::Idle);
        }
        self.set_step(state, number, Step::Looked)
    }

    fn write(&self, state: &mut State, number: usize, how: Action) -> Option<()> {
        let Server::Pushing { document, is_overtaken, .. } = *state.servers.get(number)? else { return None };
        if self.has(Guard::Fencing) && is_overtaken {
            return self.become_idle(state, number, Server::Idle);
        }
        match how {
            Action::Write(_) => self.put(state, document),
            Action::WriteInVain(_) => state.left.vain_writes = state.left.vain_writes.checked_sub(1)?,
            _ => {
                state.left.late_writes = state.left.late_writes.checked_sub(1)?;
                state.store.flying = Some((document, 0));
                self.release(state, number);
                return self.become_idle(state, number, Server::Idle);
            }
        }
        self.set_step(state, number, Step::Written)
    }

    /// What was read back is noted as published, in a transaction that knows whether the lease was held all the time.
    fn read_back(&self, state: &mut State, number: usize) -> Option<()> {
        let Server::Pushing { document, version, is_overtaken, .. } = *state.servers.get(number)? else {
            return None;
        };
        let was_held = !is_overtaken || !self.has(Guard::Fencing);
        let arrived = state.store.value == document || !self.has(Guard::ReadBack);
        self.release(state, number);
        self.become_idle(state, number, Server::Idle)?;
        if !was_held {
            return self.order_again(state);
        }
        let mut ledger = Ledger::clone(self.lab.ledger(state.ledger)?.as_ref());
        if arrived {
            let at =
                keystile_admin::domain::Timestamp::from_secs(super::lab::secs(self.clock(state, number)));
            ledger.issuer.ring.note_published(u64::from(version), at);
            ledger.is_pushed = ledger.document == document;
            return self.commit(state, ledger);
        }
        Some(())
    }

    /// What is in the store is not what should be there: the current set is ordered again.
    fn order_again(&self, state: &mut State) -> Option<()> {
        let mut ledger = Ledger::clone(self.lab.ledger(state.ledger)?.as_ref());
        ledger.is_pushed = false;
        self.commit(state, ledger)
    }

    fn commit(&self, state: &mut State, mut ledger: Ledger) -> Option<()> {
        ledger.issuer.regions = Vec::new();
        state.ledger = self.lab.keep(ledger)?;
        Some(())
    }

    fn put(&self, state: &mut State, document: super::lab::DocumentId) {
        let falls = self.lab.version(document) < self.lab.version(state.store.value);
        state.store.has_fallen |= falls;
        state.store.value = document;
    }

    /// Gives the lease back, unless another has taken it.
    fn release(&self, state: &mut State, number: usize) {
        if let Some(Server::Pushing { is_overtaken: false, .. }) = state.servers.get(number) {
            state.leased_until = 0;
        }
    }

    fn set_step(&self, state: &mut State, number: usize, next: Step) -> Option<()> {
        let Server::Pushing { step, .. } = state.servers.get_mut(number)? else { return None };
        *step = next;
        Some(())
    }
}
