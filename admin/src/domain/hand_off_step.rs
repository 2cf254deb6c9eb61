//! What is due at a target of the hand-off.

use super::{HandOff, IssuerState, Key, Timestamp};

/// A target is looked at so often, since others may write there too.
const LOOK_EVERY_SECS: u64 = 60;

/// One thing to do at a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOffStep {
    /// Bring this key there, or see that it still stands there.
    Bring {
        /// The key.
        kid: String,
    },
    /// Remove the versions that hold keys from before: the key that stands there is active.
    RemoveOlder {
        /// Which.
        versions: Vec<String>,
    },
}

impl IssuerState {
    /// What is due at a target, if anything. What failed waits for its next try.
    pub fn hand_off_step(&self, target: &HandOff, now: Timestamp) -> Option<HandOffStep> {
        let wanted = self.key_for(target, now).map(Key::kid);
        if let Some(kid) = wanted.filter(|kid| may_try(target, kid, now))
            && (!target.holds(kid) || now.since(target.looked_at) >= LOOK_EVERY_SECS)
        {
            return Some(HandOffStep::Bring { kid: kid.to_owned() });
        }
        let active = self.ring.active().kid();
        let held = target.held.as_ref().filter(|held| held.kid == active)?;
        // What stands there is what signs: only now is the rest of no use to anybody.
        let versions: Vec<_> =
            target.older.iter().filter(|version| **version != held.version).cloned().collect();
        let due =
            !versions.is_empty() && wanted.is_some_and(|kid| kid == active) && may_try(target, active, now);
        due.then_some(HandOffStep::RemoveOlder { versions })
    }
}

fn may_try(target: &HandOff, kid: &str, now: Timestamp) -> bool {
    target.attempt.as_ref().is_none_or(|attempt| attempt.kid != kid || attempt.next_try_at <= now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::{START, facts, issuer, pending};
    use crate::domain::{Attempt, Epochs, HeldKey, KeyRing, KeySetStamp, Policy};

    fn quiet() -> (IssuerState, HandOff) {
        let state = IssuerState {
            issuer: issuer(),
            ring: KeyRing::restored(vec![Key::first(facts(1), &Policy::default(), START)]).unwrap(),
            epochs: Epochs::default(),
            rotation: None,
            emergency: None,
            regions: Vec::new(),
            hand_offs: Vec::new(),
            current: KeySetStamp { version: 1, issued_at: START, expires_at: START.plus(604_800) },
        };
        let held = HeldKey { kid: kid(), version: "2".to_owned(), arrived_at: START };
        let target =
            HandOff { held: Some(held), looked_at: START, ..HandOff::unknown("vault".to_owned(), 60) };
        (state, target)
    }

    fn kid() -> String {
        pending(1).kid().to_owned()
    }

    #[test]
    fn a_new_target_gets_the_key_that_signs_and_is_looked_at_again_every_minute() {
        let (state, target) = quiet();
        let bring = Some(HandOffStep::Bring { kid: kid() });
        assert_eq!(state.hand_off_step(&HandOff::unknown("new".to_owned(), 60), START), bring);
        assert_eq!(state.hand_off_step(&target, START.plus(59)), None);
        assert_eq!(state.hand_off_step(&target, START.plus(60)), bring);
    }

    #[test]
    fn what_failed_waits_for_its_next_try() {
        let (state, mut target) = quiet();
        target.held = None;
        let next_try_at = START.plus(4);
        let attempt = Attempt { kid: kid(), since: START, begun: false, tries: 2, error: None, next_try_at };
        target.attempt = Some(attempt);
        assert_eq!(state.hand_off_step(&target, START.plus(3)), None);
        assert!(state.hand_off_step(&target, next_try_at).is_some());
    }

    #[test]
    fn versions_from_before_are_removed_and_never_the_one_that_is_read() {
        let (state, mut target) = quiet();
        target.older = vec!["1".to_owned(), "2".to_owned()];
        let remove = HandOffStep::RemoveOlder { versions: vec!["1".to_owned()] };
        assert_eq!(state.hand_off_step(&target, START), Some(remove));
        target.held = None;
        assert!(matches!(state.hand_off_step(&target, START), Some(HandOffStep::Bring { .. })));
    }
}
