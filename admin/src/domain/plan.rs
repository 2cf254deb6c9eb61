//! What is due: the decisions of the steward, without its hands.

use super::{
    Clearance, Confirmed, Emergency, Epochs, HandOff, Issuer, Key, KeyRing, KeySetStamp, KeyState, Region,
    Rotation, Settled, Timestamp, TransitionError, Unconfirmed, confirm,
};

/// Everything that decides what may happen to an issuer's keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerState {
    /// The issuer and its policy.
    pub issuer: Issuer,
    /// Its keys.
    pub ring: KeyRing,
    /// Its not-before instants.
    pub epochs: Epochs,
    /// The latest rotation.
    pub rotation: Option<Rotation>,
    /// The latest emergency.
    pub emergency: Option<Emergency>,
    /// What the edge reports.
    pub regions: Vec<Region>,
    /// Where backends read their key, and what stands there.
    pub hand_offs: Vec<HandOff>,
    /// The current key set.
    pub current: KeySetStamp,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Note that every edge has this pending key.
    NoteConfirmed {
        /// The key.
        kid: String,
        /// Why it may be noted.
        proof: Confirmed,
    },
    /// Let the new key of the rotation sign.
    Activate {
        /// The key.
        kid: String,
        /// Why it may sign.
        clearance: Clearance,
    },
    /// Take out a key whose window has closed.
    Retire {
        /// The key.
        kid: String,
    },
    /// Destroy the private half of a retired key that was kept for a rollback.
    Destroy {
        /// The key.
        kid: String,
    },
    /// Start the rotation the calendar asks for.
    Rotate,
    /// Sign the key set again, long before it expires.
    SignAgain,
}

impl IssuerState {
    /// Whether every edge has this key.
    pub fn confirmation(&self, key: &Key, now: Timestamp) -> Result<Confirmed, Unconfirmed> {
        let facts = key.facts();
        confirm(facts.introduced_in, facts.published_at, &self.regions, &self.issuer.policy, now)
    }

    /// Whether this key may sign: every edge has it, and one that nobody hears of may look for it.
    pub fn settlement(&self, key: &Key, now: Timestamp) -> Result<Settled, Unconfirmed> {
        self.confirmation(key, now)?.settle(&self.issuer.policy, now)
    }

    /// Whether this key may sign without anybody's word for it. The key of a rotation waits for the backends too; one that a
    /// person activates is handed over at once.
    pub fn clearance(&self, key: &Key, now: Timestamp) -> Result<Clearance, TransitionError> {
        let settled = self.settlement(key, now).map_err(TransitionError::NotYetConfirmed)?;
        if self.pending_rotation().is_some_and(|rotation| rotation.new_kid == key.kid()) {
            self.handed_over(key.kid(), now).map_err(|missing| TransitionError::NotHandedOver { missing })?;
        }
        Ok(Clearance::Confirmed(settled))
    }

    /// The rotation whose key does not sign yet, if there is one.
    pub fn pending_rotation(&self) -> Option<&Rotation> {
        self.rotation.as_ref().filter(|rotation| rotation.awaits_activation(&self.ring))
    }

    /// When the keys are next planned to change: at any moment while one is pending, and otherwise when the schedule
    /// adds one or a retire window closes.
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        if self.ring.keys().any(|key| matches!(key.state(), KeyState::Pending)) {
            return Some(now);
        }
        let removals = self.ring.keys().filter_map(|key| key.safe_to_retire_at(&self.issuer.policy));
        removals.chain(self.next_rotation_at(now)).min()
    }

    /// The longest life of any token that may be out there: what the policy allows now, and what it allowed when any
    /// of the keys signed.
    pub fn longest_token_lifetime_secs(&self) -> u64 {
        let of_keys = self.ring.keys().map(|key| key.facts().longest_token_lifetime_secs);
        of_keys.max().unwrap_or(0).max(self.issuer.policy.longest_token_lifetime_secs())
    }

    /// When no token of any of these keys can be good any more; nobody knows while one of them may still sign.
    pub fn all_gone_at<'k>(&self, mut kids: impl Iterator<Item = &'k str>) -> Option<Timestamp> {
        let gone_at = |kid: &str| self.ring.get(kid).ok()?.gone_at(&self.issuer.policy);
        kids.try_fold(Timestamp::from_secs(0), |latest, kid| Some(latest.max(gone_at(kid)?)))
    }

    /// The next step that is due, if any: what makes keys safe comes before what makes new ones.
    pub fn next_step(&self, now: Timestamp) -> Option<Step> {
        self.confirmation_to_note(now)
            .or_else(|| self.activation_due(now))
            .or_else(|| self.retirement_due(now))
            .or_else(|| self.destruction_due(now))
            .or_else(|| self.rotation_due(now).then_some(Step::Rotate))
            .or_else(|| self.signature_due(now).then_some(Step::SignAgain))
    }

    fn confirmation_to_note(&self, now: Timestamp) -> Option<Step> {
        let unnoted = |key: &&Key| key.is_published() && key.facts().confirmed_at.is_none();
        self.ring.keys().filter(unnoted).find_map(|key| {
            let proof = self.confirmation(key, now).ok()?;
            Some(Step::NoteConfirmed { kid: key.kid().to_owned(), proof })
        })
    }

    fn activation_due(&self, now: Timestamp) -> Option<Step> {
        let rotation = self.pending_rotation().filter(|rotation| self.may_go_on(rotation, now))?;
        let kid = &rotation.new_kid;
        let clearance = self.clearance(self.ring.get(kid).ok()?, now).ok()?;
        Some(Step::Activate { kid: kid.clone(), clearance })
    }

    /// A paused rotation waits for a person, and a scheduled one for its window; one that a person started does not.
    pub(super) fn may_go_on(&self, rotation: &Rotation, now: Timestamp) -> bool {
        let in_window = !rotation.scheduled || self.issuer.policy.rotation_window.is_open(now);
        rotation.paused_at.is_none() && in_window
    }

    fn retirement_due(&self, now: Timestamp) -> Option<Step> {
        if !self.behind(now).is_empty() {
            return None;
        }
        let closed = |key: &&Key| key.safe_to_retire_at(&self.issuer.policy).is_some_and(|at| now >= at);
        self.ring.keys().find(closed).map(|key| Step::Retire { kid: key.kid().to_owned() })
    }

    fn destruction_due(&self, now: Timestamp) -> Option<Step> {
        let over = |key: &&Key| matches!(key.state(), KeyState::Retired { sealed_until: Some(until), .. } if now >= *until);
        self.ring.keys().find(over).map(|key| Step::Destroy { kid: key.kid().to_owned() })
    }

    fn rotation_due(&self, now: Timestamp) -> bool {
        self.next_rotation_at(now).is_some_and(|at| at <= now)
    }

    /// A document of seven days is signed again every day.
    fn signature_due(&self, now: Timestamp) -> bool {
        now.since(self.current.issued_at) >= (self.issuer.policy.key_set_lifetime_secs / 7).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::{START, facts, issuer, pending};
    use crate::domain::{KeyFacts, Policy};

    /// One active key, published and confirmed; a set signed at `START`.
    fn quiet() -> IssuerState {
        let first = KeyFacts { published_at: Some(START), confirmed_at: Some(START), ..facts(1) };
        IssuerState {
            issuer: issuer(),
            ring: KeyRing::restored(vec![Key::first(first, &Policy::default(), START)]).unwrap(),
            epochs: Epochs::default(),
            rotation: None,
            emergency: None,
            regions: Vec::new(),
            hand_offs: Vec::new(),
            current: KeySetStamp { version: 1, issued_at: START, expires_at: START.plus(604_800) },
        }
    }

    fn kid(number: u8) -> String {
        pending(number).kid().to_owned()
    }

    /// The same with a rotation to key number 2, published at `START`.
    fn rotating() -> IssuerState {
        let mut state = quiet();
        let new = Key::pending(KeyFacts { introduced_in: 2, published_at: Some(START), ..facts(2) });
        state.rotation = Some(Rotation::between("r".to_owned(), state.ring.active(), &new, None));
        state.ring.add(new).unwrap();
        state
    }

    /// The same with the confirmation noted.
    fn confirmed() -> IssuerState {
        let mut state = rotating();
        let proof = state.confirmation(state.ring.get(&kid(2)).unwrap(), START.plus(130)).unwrap();
        state.ring.note_confirmed(&kid(2), &proof, START).unwrap();
        state
    }

    #[test]
    fn the_next_change_is_the_schedules_a_closing_windows_or_any_moment_now() {
        let mut state = quiet();
        assert_eq!(state.next_change(START), state.next_rotation_at(START));
        state.issuer.policy.rotation_interval_days = 0;
        assert_eq!(state.next_change(START), None);
        let mut state = rotating();
        assert_eq!(state.next_change(START.plus(7)), Some(START.plus(7)));
        let clearance = Clearance::Overridden { reason: "a test".to_owned() };
        state.ring.activate(&kid(2), &clearance, &Policy::default(), START).unwrap();
        assert_eq!(state.next_change(START), Some(START.plus(2_592_000 + 160)));
    }

    #[test]
    fn nothing_is_due_while_nothing_changes() {
        assert_eq!(quiet().next_step(START.plus(86_399)), None);
    }

    #[test]
    fn a_key_set_is_signed_again_while_six_of_its_seven_days_remain() {
        assert_eq!(quiet().next_step(START.plus(86_400)), Some(Step::SignAgain));
    }

    #[test]
    fn a_rotation_waits_for_the_confirmation_notes_it_and_then_activates() {
        let mut state = rotating();
        assert_eq!(state.next_step(START.plus(129)), None);
        let now = START.plus(130);
        let Some(Step::NoteConfirmed { kid: confirmed, proof }) = state.next_step(now) else {
            panic!("the confirmation comes first")
        };
        assert_eq!(confirmed, kid(2));
        state.ring.note_confirmed(&confirmed, &proof, now).unwrap();
        let proof = proof.settle(&state.issuer.policy, now).unwrap();
        let clearance = Clearance::Confirmed(proof);
        assert_eq!(state.next_step(now), Some(Step::Activate { kid: kid(2), clearance }));
    }

    #[test]
    fn tokens_of_a_key_that_signs_may_come_for_ever_and_those_of_one_that_leaves_until_then() {
        let mut state = rotating();
        let (old, new) = (kid(1), kid(2));
        assert_eq!(state.all_gone_at([old.as_str()].into_iter()), None);
        let clearance = Clearance::Overridden { reason: "a test".to_owned() };
        state.ring.activate(&new, &clearance, &Policy::default(), START).unwrap();
        assert_eq!(state.all_gone_at([old.as_str()].into_iter()), Some(START.plus(2_592_000 + 160)));
        assert_eq!(state.all_gone_at([old.as_str(), &new].into_iter()), None);
    }

    #[test]
    fn a_cancelled_rotation_activates_nothing() {
        let mut state = rotating();
        state.rotation.as_mut().unwrap().cancelled_at = Some(START);
        let steps = (0..5).map_while(|_| {
            let step = state.next_step(START.plus(200))?;
            if let Step::NoteConfirmed { kid, proof } = &step {
                state.ring.note_confirmed(kid, proof, START).unwrap();
            }
            Some(step)
        });
        assert!(!steps.collect::<Vec<_>>().iter().any(|step| matches!(step, Step::Activate { .. })));
    }

    #[test]
    fn a_paused_rotation_waits_until_it_is_resumed() {
        let (mut state, now) = (confirmed(), START.plus(130));
        state.rotation.as_mut().unwrap().paused_at = Some(START);
        assert_eq!(state.next_step(now), None);
        state.rotation.as_mut().unwrap().paused_at = None;
        assert!(matches!(state.next_step(now), Some(Step::Activate { .. })));
    }

    #[test]
    fn a_scheduled_rotation_activates_within_its_window_and_one_by_hand_at_once() {
        let mut state = confirmed();
        // `START` is a Tuesday, 22:13 UTC.
        state.issuer.policy.rotation_window = "Wed 09:00-10:00".parse().unwrap();
        assert!(matches!(state.next_step(START.plus(130)), Some(Step::Activate { .. })));
        state.rotation.as_mut().unwrap().scheduled = true;
        assert_eq!(state.next_step(START.plus(130)), None);
        let opens = state.issuer.policy.rotation_window.next_opening(START);
        assert!(matches!(state.next_step(opens), Some(Step::Activate { .. })));
    }

    #[test]
    fn the_schedule_waits_for_its_window() {
        let mut state = quiet();
        let due = state.next_rotation_at(START).unwrap();
        state.issuer.policy.rotation_window = "Sun 00:00-00:01".parse().unwrap();
        let opens = state.issuer.policy.rotation_window.next_opening(due);
        state.current.issued_at = opens;
        assert_eq!(state.next_step(due), None);
        assert_eq!(state.next_step(opens), Some(Step::Rotate));
        // A window that was missed is not made up for outside of the next one.
        assert_eq!(state.next_step(opens.plus(3_600)), None);
    }

    #[test]
    fn a_key_made_by_hand_is_not_activated_by_the_steward() {
        let mut state = rotating();
        state.rotation = None;
        let proof = state.confirmation(state.ring.get(&kid(2)).unwrap(), START.plus(200)).unwrap();
        state.ring.note_confirmed(&kid(2), &proof, START).unwrap();
        assert_eq!(state.next_step(START.plus(200)), None);
    }

    #[test]
    fn a_key_is_retired_when_its_window_closes() {
        let mut state = rotating();
        let clearance = Clearance::Overridden { reason: "a test".to_owned() };
        state.ring.activate(&kid(2), &clearance, &Policy::default(), START).unwrap();
        let closes = START.plus(2_592_000 + 160);
        state.current.issued_at = closes;
        let proof = state.confirmation(state.ring.get(&kid(2)).unwrap(), closes).unwrap();
        state.ring.note_confirmed(&kid(2), &proof, START).unwrap();
        assert_eq!(state.next_step(START.plus(2_592_000 + 159)), None);
        assert_eq!(state.next_step(closes), Some(Step::Retire { kid: kid(1) }));
    }

    #[test]
    fn the_calendar_asks_for_a_rotation_unless_it_is_switched_off() {
        let mut state = quiet();
        let due = state.next_rotation_at(START).unwrap();
        assert!((START.plus(89 * 86_400)..=START.plus(90 * 86_400)).contains(&due), "{due}");
        state.current.issued_at = due;
        assert_eq!(state.next_step(Timestamp::from_secs(due.as_secs() - 1)), None);
        assert_eq!(state.next_step(due), Some(Step::Rotate));
        state.issuer.policy.rotation_interval_days = 0;
        assert_eq!(state.next_step(due), None);
    }

    #[test]
    fn the_calendar_asks_for_no_second_rotation_while_one_is_pending() {
        let mut state = rotating();
        let due = START.plus(90 * 86_400);
        state.current.issued_at = due;
        assert!(!matches!(state.next_step(due), Some(Step::Rotate)));
    }
}
