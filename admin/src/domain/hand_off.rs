//! Whether the backends that sign by themselves have the key.
//!
//! 1. A backend may sign with a key from the moment on in which it can read it, so that a key is handed over once every edge
//!    has it, and never before.
//! 2. The rotation lets it sign here once it has arrived at every target and each backend has had the time to take it up:
//!    from then on, the clock of the key before runs, and nobody signs with that one any more.
//! 3. Where a key begins to sign without that wait (a rollback, an emergency, an override), it is handed over at once; the
//!    clock of the key before runs from the moment in which the last backend has taken up the new one.
//! 4. What a target holds is either the active key or one that waits to be, and both verify at every edge.

use std::fmt;

use super::{IssuerState, Key, KeyRing, KeyState, Timestamp};

/// One target: what is known to stand there, and what is being brought there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOff {
    /// The name of the target.
    pub target: String,
    /// For so long after its arrival a backend may still sign with the key before.
    pub reload_secs: u64,
    /// What was read back last.
    pub held: Option<HeldKey>,
    /// What is being brought there.
    pub attempt: Option<Attempt>,
    /// The versions that hold keys from before.
    pub older: Vec<String>,
    /// When it was last seen to hold what it holds.
    pub looked_at: Timestamp,
}

/// A key that was read back from a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldKey {
    /// The key.
    pub kid: String,
    /// The version of the secret, as the target counts them.
    pub version: String,
    /// When it was first read back there.
    pub arrived_at: Timestamp,
}

/// A key on its way to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The key.
    pub kid: String,
    /// Since when it is wanted there.
    pub since: Timestamp,
    /// Whether a write was begun, so that it may stand there already.
    pub begun: bool,
    /// How often it was tried in vain.
    pub tries: u32,
    /// Why the last try failed.
    pub error: Option<String>,
    /// Before this instant it is not tried again.
    pub next_try_at: Timestamp,
}

/// The proof that every backend has a key and has taken it up. Only [`IssuerState::handed_over`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver(());

/// A target that lacks a key, or whose backends may not have taken it up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotHandedOver {
    /// The name of the target.
    pub target: String,
    /// Since when it is wanted there, if that has begun.
    pub since: Option<Timestamp>,
    /// Why the last try failed.
    pub error: Option<String>,
    /// Where it has arrived: from when on it is counted as taken up.
    pub taken_up_at: Option<Timestamp>,
}

impl fmt::Display for NotHandedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = &self.target;
        match (&self.taken_up_at, &self.error, self.since) {
            (Some(at), _, _) => write!(f, "handed over to `{target}`, whose backends take it up until {at}"),
            (None, Some(error), Some(since)) => {
                write!(f, "not handed over to `{target}` since {since}: {error}")
            }
            _ => write!(f, "not handed over to `{target}` yet"),
        }
    }
}

impl HandOff {
    /// A target of which nothing is known yet.
    pub fn unknown(target: String, reload_secs: u64) -> Self {
        let looked_at = Timestamp::from_secs(0);
        Self { target, reload_secs, held: None, attempt: None, older: Vec::new(), looked_at }
    }

    /// Whether this key was read back there last.
    pub fn holds(&self, kid: &str) -> bool {
        self.held.as_ref().is_some_and(|held| held.kid == kid)
    }

    /// Whether a backend may have read this key there.
    pub fn may_hold(&self, kid: &str) -> bool {
        self.holds(kid) || self.attempt.as_ref().is_some_and(|attempt| attempt.begun && attempt.kid == kid)
    }

    fn lacks(&self, kid: &str, now: Timestamp) -> Option<NotHandedOver> {
        let taken_up_at = self
            .held
            .as_ref()
            .filter(|held| held.kid == kid)
            .map(|held| held.arrived_at.plus(self.reload_secs));
        if taken_up_at.is_some_and(|at| now >= at) {
            return None;
        }
        let attempt = self.attempt.as_ref().filter(|attempt| attempt.kid == kid);
        Some(NotHandedOver {
            target: self.target.clone(),
            since: attempt.map(|attempt| attempt.since),
            error: attempt.and_then(|attempt| attempt.error.clone()),
            taken_up_at,
        })
    }
}

impl IssuerState {
    /// The key that this target should hold now; `None` where what it holds, or may hold, is good enough for the moment.
    pub fn key_for(&self, target: &HandOff, now: Timestamp) -> Option<&Key> {
        let active = self.ring.active();
        let Some(rotation) = self.pending_rotation() else { return Some(active) };
        let next = self.ring.get(&rotation.new_kid).ok()?;
        if self.may_go_on(rotation, now) && self.settlement(next, now).is_ok() {
            return Some(next);
        }
        // It verifies as well as the active one, and comes again as soon as the rotation goes on.
        if target.may_hold(next.kid()) { None } else { Some(active) }
    }

    /// The proof that every backend has this key, or the targets that lack it.
    pub fn handed_over(&self, kid: &str, now: Timestamp) -> Result<HandedOver, Vec<NotHandedOver>> {
        let missing: Vec<_> = self.hand_offs.iter().filter_map(|target| target.lacks(kid, now)).collect();
        if missing.is_empty() { Ok(HandedOver(())) } else { Err(missing) }
    }

    /// Whether a backend may have read this key at any target.
    pub fn may_be_with_backends(&self, kid: &str) -> bool {
        self.hand_offs.iter().any(|target| target.may_hold(kid))
    }

    /// The targets whose backends may still sign with another key than the active one.
    pub fn behind(&self, now: Timestamp) -> Vec<NotHandedOver> {
        self.handed_over(self.ring.active().kid(), now).err().unwrap_or_default()
    }
}

impl KeyRing {
    /// Notes that a backend has signed with `kid` for longer than its successor has been active here: the clock of its last
    /// token runs from `until`.
    pub fn note_signed_until(&mut self, kid: &str, until: Timestamp) {
        let later = self.keys().find(|key| key.kid() == kid).and_then(|key| key.clone().signed_until(until));
        if let Some(key) = later {
            self.replace(key);
        }
    }
}

impl Key {
    fn signed_until(self, until: Timestamp) -> Option<Self> {
        let KeyState::Retiring { activated_at, superseded_at } = *self.state() else { return None };
        let state = KeyState::Retiring { activated_at, superseded_at: superseded_at.max(until) };
        Some(Self::restored(self.facts().clone(), state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::{START, facts, issuer, pending};
    use crate::domain::{Clearance, Epochs, KeyFacts, KeySetStamp, Policy, Rotation, Step, TransitionError};

    /// From then on a new key that was published at `START` may be handed over.
    const SETTLED: Timestamp = START.plus(130);

    fn kid(number: u8) -> String {
        pending(number).kid().to_owned()
    }

    /// A rotation from key 1 to key 2, published at `START` and confirmed, with one target that holds key 1.
    fn rotating() -> IssuerState {
        let known =
            |number| KeyFacts { published_at: Some(START), confirmed_at: Some(SETTLED), ..facts(number) };
        let mut ring = KeyRing::restored(vec![Key::first(known(1), &Policy::default(), START)]).unwrap();
        let next = Key::pending(known(2));
        let rotation = Some(Rotation::between("r".to_owned(), ring.active(), &next, None));
        ring.add(next).unwrap();
        let mut target = HandOff::unknown("vault".to_owned(), 60);
        target.held = Some(HeldKey { kid: kid(1), version: "1".to_owned(), arrived_at: START });
        IssuerState {
            issuer: issuer(),
            ring,
            epochs: Epochs::default(),
            rotation,
            emergency: None,
            regions: Vec::new(),
            hand_offs: vec![target],
            current: KeySetStamp { version: 1, issued_at: START, expires_at: START.plus(604_800) },
        }
    }

    fn wanted(state: &IssuerState, now: Timestamp) -> Option<String> {
        state.key_for(&state.hand_offs[0], now).map(|key| key.kid().to_owned())
    }

    fn arrive(state: &mut IssuerState, number: u8, at: Timestamp) {
        state.hand_offs[0].held = Some(HeldKey { kid: kid(number), version: "2".to_owned(), arrived_at: at });
    }

    #[test]
    fn a_key_is_handed_over_once_every_edge_has_it_and_never_before() {
        let state = rotating();
        assert_eq!(wanted(&state, START.plus(129)), Some(kid(1)));
        assert_eq!(wanted(&state, SETTLED), Some(kid(2)));
    }

    #[test]
    fn a_rotation_waits_for_the_backends_and_for_the_time_they_take() {
        let mut state = rotating();
        assert_eq!(state.next_step(SETTLED.plus(10_000)), None);
        arrive(&mut state, 2, SETTLED);
        assert_eq!(state.next_step(SETTLED.plus(59)), None);
        assert!(matches!(state.next_step(SETTLED.plus(60)), Some(Step::Activate { .. })));
    }

    #[test]
    fn the_refusal_says_who_lacks_the_key_why_and_since_when() {
        let mut state = rotating();
        let refusal = |state: &IssuerState, at| {
            state.clearance(state.ring.get(&kid(2)).unwrap(), at).unwrap_err().to_string()
        };
        assert_eq!(refusal(&state, SETTLED), "not handed over to `vault` yet");
        let error = Some("it cannot be reached".to_owned());
        let attempt =
            Attempt { kid: kid(2), since: SETTLED, begun: false, tries: 1, error, next_try_at: SETTLED };
        state.hand_offs[0].attempt = Some(attempt);
        assert_eq!(
            refusal(&state, SETTLED),
            "not handed over to `vault` since 2023-11-14T22:15:30Z: it cannot be reached"
        );
        arrive(&mut state, 2, SETTLED);
        assert_eq!(
            refusal(&state, SETTLED),
            "handed over to `vault`, whose backends take it up until 2023-11-14T22:16:30Z"
        );
    }

    #[test]
    fn a_paused_rotation_hands_nothing_over_and_takes_nothing_back() {
        let mut state = rotating();
        state.rotation.as_mut().unwrap().paused_at = Some(START);
        assert_eq!(wanted(&state, SETTLED), Some(kid(1)));
        arrive(&mut state, 2, SETTLED);
        assert_eq!(wanted(&state, SETTLED), None);
    }

    #[test]
    fn a_key_that_a_backend_may_have_read_counts_as_with_it() {
        let mut state = rotating();
        assert!(!state.may_be_with_backends(&kid(2)));
        let mut attempt =
            Attempt { kid: kid(2), since: START, begun: false, tries: 0, error: None, next_try_at: START };
        state.hand_offs[0].attempt = Some(attempt.clone());
        assert!(!state.may_be_with_backends(&kid(2)));
        attempt.begun = true;
        state.hand_offs[0].attempt = Some(attempt);
        assert!(state.may_be_with_backends(&kid(2)));
    }

    #[test]
    fn a_key_is_not_retired_while_a_backend_may_sign_with_it_and_its_clock_runs_from_its_last_token() {
        let mut state = rotating();
        let clearance = Clearance::Overridden { reason: "a test".to_owned() };
        state.ring.activate(&kid(2), &clearance, &Policy::default(), SETTLED).unwrap();
        let closes = state.ring.get(&kid(1)).unwrap().safe_to_retire_at(&Policy::default()).unwrap();
        state.current.issued_at = closes;
        assert_eq!(state.behind(closes).len(), 1);
        assert!(!matches!(state.next_step(closes), Some(Step::Retire { .. })));
        arrive(&mut state, 2, closes);
        state.ring.note_signed_until(&kid(1), closes.plus(60));
        let later = state.ring.get(&kid(1)).unwrap().safe_to_retire_at(&Policy::default()).unwrap();
        assert_eq!(later.since(closes), closes.plus(60).since(SETTLED));
        assert!(matches!(
            state.ring.retire(&kid(1), &Policy::default(), closes),
            Err(TransitionError::RetireWindowOpen { .. })
        ));
    }
}
