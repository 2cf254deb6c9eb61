//! The database: the real state of an issuer, and what the transactions of the operations do to it.

use std::sync::Arc;

use keystile_admin::domain::{
    Clearance, Emergency, Epochs, InstanceReport, IssuerState, Key, KeyFacts, KeyRing, KeySetStamp,
    KeySource, KeyState, Rotation, Scope, Step, Timestamp, regions,
};

use super::lab::{DocumentId, Lab, SET_LIFETIME_SECS, TICK_SECS, Tables, secs};
use super::state::State;
use super::{Guard, Order, World};
use crate::house::START;

/// A state of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LedgerId(usize);

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ledger {
    /// Its regions are left out: they follow from the reports.
    pub(super) issuer: IssuerState,
    /// The current signed set.
    pub(super) document: DocumentId,
    /// Whether the order to push it is settled.
    pub(super) is_pushed: bool,
    /// Whether every set so far had a higher version than the one before.
    pub(super) rose: bool,
}

impl Lab {
    /// One active key; its set was pushed and confirmed.
    pub(super) fn beginning(&self, token_ticks: u8) -> (LedgerId, DocumentId) {
        let made = || {
            let issuer = Self::issuer(token_ticks)?;
            let facts = KeyFacts::new(self.public(0)?, KeySource::Generated, START, 1);
            let facts = KeyFacts { published_at: Some(START), confirmed_at: Some(START), ..facts };
            let ring = KeyRing::restored(vec![Key::first(facts, &issuer.policy, START)]).ok()?;
            let current = stamp(1, START);
            let mut tables = self.tables();
            // An epoch of the key itself, older than any token: the rule of the newest must not stop at it.
            let mut epochs = Epochs::default();
            epochs.raise(Scope::Key(ring.active().kid().to_owned()), START);
            let document = self.document(&mut tables, &issuer, &ring, &epochs, current)?;
            let issuer = IssuerState {
                issuer,
                ring,
                epochs,
                rotation: None,
                emergency: None,
                regions: Vec::new(),
                hand_offs: Vec::new(),
                current,
            };
            let ledger = Ledger { issuer, document, is_pushed: true, rose: true };
            Some((tables.keep(ledger)?, document))
        };
        made().unwrap_or((LedgerId(usize::MAX), DocumentId::NONE))
    }

    pub(super) fn ledger(&self, id: LedgerId) -> Option<Arc<Ledger>> {
        self.tables().ledgers.get(id.0).cloned()
    }

    pub(super) fn keep(&self, ledger: Ledger) -> Option<LedgerId> {
        self.tables().keep(ledger)
    }
}

impl Tables {
    /// The same state of the database has the same id, so that the checker sees that it has been there.
    fn keep(&mut self, ledger: Ledger) -> Option<LedgerId> {
        let text = fingerprint(&ledger);
        if let Some(known) = self.ledger_ids.get(&text) {
            return Some(*known);
        }
        let id = LedgerId(self.ledgers.len());
        self.ledgers.push(Arc::new(ledger));
        self.ledger_ids.insert(text, id);
        Some(id)
    }
}

/// Everything that can make a difference to what happens later, in words: not when a key was confirmed, for example.
fn fingerprint(ledger: &Ledger) -> String {
    let Ledger { issuer, document, is_pushed, rose } = ledger;
    let keys: Vec<_> = issuer.ring.keys().map(key_marks).collect();
    let rotation = issuer.rotation.as_ref().map(|it| (&it.new_kid, it.cancelled_at.is_some()));
    let emergency = issuer.emergency.as_ref().map(|it| (it.declared_at, it.confirmed_at.is_some()));
    let lifetime = issuer.issuer.policy.longest_token_lifetime_secs();
    format!(
        "{lifetime} {keys:?} {:?} {rotation:?} {emergency:?} {document:?} {is_pushed} {rose}",
        issuer.epochs
    )
}

fn key_marks(key: &Key) -> String {
    let facts = key.facts();
    let is_confirmed = facts.confirmed_at.is_some();
    let waits = !is_confirmed || matches!(key.state(), KeyState::Pending);
    let waits = waits.then_some((is_confirmed, facts.introduced_in, facts.published_at));
    let since = match key.state() {
        KeyState::Retiring { superseded_at, .. } | KeyState::Retired { superseded_at, .. } => {
            Some(superseded_at)
        }
        _ => None,
    };
    let lifetime = facts.longest_token_lifetime_secs;
    format!("{} {} {lifetime} {since:?} {waits:?}", key.kid(), key.state().as_str())
}

fn stamp(version: u64, now: Timestamp) -> KeySetStamp {
    KeySetStamp { version, issued_at: now, expires_at: now.plus(SET_LIFETIME_SECS) }
}

impl World {
    /// The database as it is now, with what the edge has reported.
    pub(super) fn read(&self, state: &State, now: u8) -> Option<Ledger> {
        let mut ledger = Ledger::clone(self.lab.ledger(state.ledger)?.as_ref());
        let policy = &ledger.issuer.issuer.policy;
        ledger.issuer.regions = regions(&reports(state), policy, Timestamp::from_secs(secs(now)));
        Some(ledger)
    }

    /// Whether the steward of a server whose clock says `now` has a step to take. Asked of every state, and remembered.
    pub(super) fn has_step(&self, state: &State, now: u8) -> bool {
        let reports = state.regions.iter().map(|region| (region.report, region.former)).collect();
        let asked = (self.broken, state.ledger, reports, state.now, now);
        if let Some(known) = self.lab.tables().steps.get(&asked) {
            return *known;
        }
        let takes = |ledger: Ledger| self.apply(ledger.clone(), &self.due(&ledger, now)?, now);
        let has_step = self.read(state, now).and_then(takes).is_some();
        self.lab.tables().steps.insert(asked, has_step);
        has_step
    }

    /// The step that is due for the steward of a server whose clock says `now`.
    pub(super) fn due(&self, ledger: &Ledger, now: u8) -> Option<Step> {
        let at = Timestamp::from_secs(secs(now));
        if !self.has(Guard::Confirmation) {
            let awaiting = ledger.issuer.pending_rotation().filter(|_| ledger.is_pushed);
            if let Some(rotation) = awaiting {
                return Some(activation(rotation));
            }
        }
        if !self.has(Guard::Pause) {
            let state = &ledger.issuer;
            let confirmed = state.pending_rotation().filter(|it| {
                state.ring.get(&it.new_kid).is_ok_and(|key| state.confirmation(key, at).is_ok())
            });
            if let Some(rotation) = confirmed {
                return Some(activation(rotation));
            }
        }
        if !self.has(Guard::RetireWindow) {
            let retiring = |key: &&Key| matches!(key.state(), KeyState::Retiring { .. });
            if let Some(key) = ledger.issuer.ring.keys().find(retiring) {
                return Some(Step::Retire { kid: key.kid().to_owned() });
            }
        }
        ledger.issuer.next_step(at)
    }

    /// One transaction of the steward.
    pub(super) fn apply(&self, mut ledger: Ledger, step: &Step, now: u8) -> Option<Ledger> {
        let at = Timestamp::from_secs(secs(now));
        let issuer = &mut ledger.issuer;
        match step {
            Step::NoteConfirmed { kid, proof } => {
                issuer.ring.note_confirmed(kid, proof, at).ok()?;
                if let Some(emergency) = issuer.emergency.as_mut().filter(|it| it.new_kid == *kid) {
                    emergency.confirmed_at.get_or_insert(at);
                }
                return Some(ledger);
            }
            Step::Activate { kid, clearance } => {
                issuer.ring.activate(kid, clearance, &issuer.issuer.policy, at).ok()?;
            }
            Step::Retire { kid } if self.has(Guard::RetireWindow) => {
                issuer.ring.retire(kid, &issuer.issuer.policy, at).ok()?;
            }
            // Long after, as the real window would have it: the ring itself refuses a shorter one.
            Step::Retire { kid } => {
                let much_later = at.plus(1_000_000);
                issuer.ring.retire(kid, &issuer.issuer.policy, much_later).ok()?;
            }
            Step::Destroy { .. } | Step::Rotate | Step::SignAgain => {}
        }
        self.publish(ledger, now)
    }

    /// One order of a person: what `operations::rotation` and `operations::emergency` do in their transactions.
    pub(super) fn order(&self, mut ledger: Ledger, order: Order, now: u8) -> Option<Ledger> {
        let at = Timestamp::from_secs(secs(now));
        let issuer = &mut ledger.issuer;
        let version = issuer.current.version + 1;
        let public = self.lab.public(issuer.ring.keys().count())?;
        let new = Key::pending(KeyFacts::new(public, KeySource::Generated, at, version));
        match order {
            Order::Rotation => {
                if issuer.pending_rotation().is_some() {
                    return None;
                }
                let rotation = Rotation::between("r".to_owned(), issuer.ring.active(), &new, None);
                issuer.rotation = Some(rotation);
                issuer.ring.add(new).ok()?;
            }
            Order::Emergency => self.emergency(issuer, new, version, at)?,
        }
        self.publish(ledger, now)
    }

    fn emergency(&self, issuer: &mut IssuerState, new: Key, version: u64, at: Timestamp) -> Option<()> {
        let reason = || "a test".to_owned();
        let (new_kid, revoked_kid) = (new.kid().to_owned(), issuer.ring.active().kid().to_owned());
        if let Some(kid) = issuer.pending_rotation().map(|rotation| rotation.new_kid.clone()) {
            issuer.ring.revoke(&kid, reason(), at).ok()?;
            if let Some(rotation) = &mut issuer.rotation {
                rotation.cancelled_at = Some(at);
            }
        }
        if self.has(Guard::RevokedKeyOut) {
            issuer.ring.replace_in_emergency(new, reason(), &issuer.issuer.policy, at).ok()?;
        } else {
            let clearance = Clearance::Overridden { reason: reason() };
            issuer.ring.add(new).ok()?;
            issuer.ring.activate(&new_kid, &clearance, &issuer.issuer.policy, at).ok()?;
        }
        issuer.epochs.raise(Scope::All, at);
        let declared_at = at;
        issuer.emergency = Some(Emergency { version, revoked_kid, new_kid, declared_at, confirmed_at: None });
        Some(())
    }

    /// Composes and signs the next set. A clock that is behind the last signature waits, as the server does.
    fn publish(&self, mut ledger: Ledger, now: u8) -> Option<Ledger> {
        let at = Timestamp::from_secs(secs(now));
        let last = ledger.issuer.current;
        if at < last.issued_at {
            return None;
        }
        let version = if self.has(Guard::VersionRule) { last.version + 1 } else { last.version };
        let stamp = stamp(version, at);
        let IssuerState { issuer, ring, epochs, .. } = &ledger.issuer;
        ledger.document = self.lab.document(&mut self.lab.tables(), issuer, ring, epochs, stamp)?;
        ledger.issuer.current = stamp;
        ledger.is_pushed = false;
        ledger.rose &= version > last.version;
        Some(ledger)
    }
}

/// The activation that a broken guard lets pass.
fn activation(rotation: &Rotation) -> Step {
    let clearance = Clearance::Overridden { reason: "the guard is broken".to_owned() };
    Step::Activate { kid: rotation.new_kid.clone(), clearance }
}

/// What is in the table of instances.
fn reports(state: &State) -> Vec<InstanceReport> {
    let of_region = |(number, region): (usize, &super::state::Region)| {
        let known = [region.report, region.former].into_iter().flatten();
        known
            .map(move |(version, age)| InstanceReport {
                region: format!("r{number}"),
                version: Some(u64::from(version)),
                key_set_age_secs: 0,
                roots: None,
                reported_at: Timestamp::from_secs(secs(state.now).saturating_sub(u64::from(age) * TICK_SECS)),
            })
            .collect::<Vec<_>>()
    };
    state.regions.iter().enumerate().flat_map(of_region).collect()
}
