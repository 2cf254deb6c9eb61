//! Two people for one deed: one asks, another one approves, the first one does it, once.

use std::fmt;

use super::{ApprovalError, Principal, Timestamp};

/// For so long a request waits for another person: until they are back at work.
pub const WAITS_SECS: u64 = 24 * 3_600;
/// For so long an approved deed may be done: what was true when it was approved is soon true no more.
pub const GOOD_SECS: u64 = 3_600;

/// A request to do exactly one deed, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: String,
    /// The digest of the deed with all its parameters.
    pub digest: String,
    /// Who wants to do it.
    pub asked_by: Principal,
    /// When they asked.
    pub asked_at: Timestamp,
    /// From when on it is over.
    pub expires_at: Timestamp,
    /// What somebody said to it.
    pub answer: Option<Answer>,
    /// How it ended, if it did.
    pub ending: Option<Ending>,
}

/// What somebody said to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What.
    pub verdict: Verdict,
    /// Who.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
}

/// Yes, no, or nobody was there to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Another person has approved it.
    Approved,
    /// Another person has refused it.
    Refused,
    /// Whoever asks goes on alone, for a reason.
    GlassBroken,
}

/// How a request ended, at which instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The deed was done.
    Used(Timestamp),
    /// Its time had passed.
    Expired(Timestamp),
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// It waits for another person.
    Waiting,
    /// The deed may be done.
    Approved,
    /// It may not be done.
    Refused,
    /// Whoever asked may do it alone.
    GlassBroken,
    /// It was done.
    Used,
    /// It is too late.
    Expired,
}

impl Approval {
    /// A request as it is made.
    pub fn asked(id: String, digest: String, by: Principal, now: Timestamp) -> Self {
        let expires_at = now.plus(WAITS_SECS);
        Self { id, digest, asked_by: by, asked_at: now, expires_at, answer: None, ending: None }
    }

    /// Where it stands. While the clock is set back to before something happened, it lets nobody go on.
    pub fn state(&self, now: Timestamp) -> ApprovalState {
        let began_at = self.answer.as_ref().map_or(self.asked_at, |answer| answer.at);
        let in_time = began_at <= now && now < self.expires_at;
        match (self.ending, self.answer.as_ref().map(|answer| answer.verdict)) {
            (Some(Ending::Used(_)), _) => ApprovalState::Used,
            (_, Some(Verdict::Refused)) => ApprovalState::Refused,
            (Some(Ending::Expired(_)), _) => ApprovalState::Expired,
            (None, _) if !in_time => ApprovalState::Expired,
            (None, None) => ApprovalState::Waiting,
            (None, Some(Verdict::Approved)) => ApprovalState::Approved,
            (None, Some(Verdict::GlassBroken)) => ApprovalState::GlassBroken,
        }
    }

    /// Takes another person's answer.
    pub fn answer(&mut self, answer: Answer) -> Result<(), ApprovalError> {
        let state = self.state(answer.at);
        if state != ApprovalState::Waiting {
            return Err(ApprovalError::NotWaiting { id: self.id.clone(), state });
        }
        if answer.by == self.asked_by {
            return Err(ApprovalError::OwnRequest);
        }
        if answer.verdict == Verdict::Approved {
            self.expires_at = self.expires_at.min(answer.at.plus(GOOD_SECS));
        }
        self.answer = Some(answer);
        Ok(())
    }

    /// Lets whoever asked go on alone.
    pub fn break_glass(&mut self, reason: String) {
        let (by, at) = (self.asked_by.clone(), self.asked_at);
        self.expires_at = at.plus(GOOD_SECS);
        self.answer = Some(Answer { verdict: Verdict::GlassBroken, by, at, reason: Some(reason) });
    }

    /// The deed of this digest is done now, by whoever asked. Works once.
    pub fn use_up(&mut self, by: &Principal, digest: &str, now: Timestamp) -> Result<(), ApprovalError> {
        let state = self.state(now);
        if !matches!(state, ApprovalState::Approved | ApprovalState::GlassBroken) {
            return Err(ApprovalError::NotGiven { id: self.id.clone(), state });
        }
        if *by != self.asked_by {
            return Err(ApprovalError::OfAnother { id: self.id.clone(), asked_by: self.asked_by.clone() });
        }
        if self.digest != digest {
            return Err(ApprovalError::OtherDeed { id: self.id.clone() });
        }
        self.ending = Some(Ending::Used(now));
        Ok(())
    }
}

impl Verdict {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::GlassBroken => "glass_broken",
        }
    }

    /// The verdict of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Approved, Self::Refused, Self::GlassBroken].into_iter().find(|it| it.as_str() == name)
    }
}

impl ApprovalState {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::GlassBroken => "glass_broken",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for ApprovalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waits for another person",
            Self::Approved => "is approved already",
            Self::Refused => "was refused",
            Self::GlassBroken => "was done without",
            Self::Used => "was used",
            Self::Expired => "is too old",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn principal(name: &str) -> Principal {
        Principal::Local(name.to_owned())
    }

    fn request() -> Approval {
        Approval::asked("a".to_owned(), "d".to_owned(), principal("ada"), NOW)
    }

    fn says(verdict: Verdict, by: &str, at: Timestamp) -> Answer {
        Answer { verdict, by: principal(by), at, reason: None }
    }

    fn approved() -> Approval {
        let mut approval = request();
        approval.answer(says(Verdict::Approved, "bob", NOW.plus(10))).unwrap();
        approval
    }

    #[test]
    fn nobody_approves_their_own_request() {
        for verdict in [Verdict::Approved, Verdict::Refused] {
            let mut approval = request();
            assert_eq!(approval.answer(says(verdict, "ada", NOW)), Err(ApprovalError::OwnRequest));
            assert_eq!(approval, request());
        }
    }

    #[test]
    fn an_approval_counts_once_for_its_deed_and_for_who_asked() {
        let now = NOW.plus(20);
        let mut approval = approved();
        let other = approval.use_up(&principal("ada"), "e", now);
        assert!(matches!(other, Err(ApprovalError::OtherDeed { .. })));
        let another = approval.use_up(&principal("bob"), "d", now);
        assert!(matches!(another, Err(ApprovalError::OfAnother { .. })));
        assert_eq!(approval.use_up(&principal("ada"), "d", now), Ok(()));
        let again = approval.use_up(&principal("ada"), "d", now);
        assert!(matches!(again, Err(ApprovalError::NotGiven { state: ApprovalState::Used, .. })));
    }

    #[test]
    fn what_nobody_approved_lets_nobody_go_on() {
        let mut refused = request();
        refused.answer(says(Verdict::Refused, "bob", NOW)).unwrap();
        for mut approval in [request(), refused] {
            let before = approval.clone();
            assert!(approval.use_up(&principal("ada"), "d", NOW).is_err());
            assert_eq!(approval, before);
        }
    }

    #[test]
    fn the_first_answer_stands() {
        let mut approval = approved();
        let second = approval.answer(says(Verdict::Refused, "cleo", NOW.plus(11)));
        assert!(matches!(second, Err(ApprovalError::NotWaiting { state: ApprovalState::Approved, .. })));
    }

    #[test]
    fn a_request_waits_for_a_day_and_an_approval_is_good_for_an_hour() {
        assert_eq!(request().state(NOW.plus(WAITS_SECS - 1)), ApprovalState::Waiting);
        assert_eq!(request().state(NOW.plus(WAITS_SECS)), ApprovalState::Expired);
        assert_eq!(approved().state(NOW.plus(10 + GOOD_SECS - 1)), ApprovalState::Approved);
        assert_eq!(approved().state(NOW.plus(10 + GOOD_SECS)), ApprovalState::Expired);
        let mut late = request();
        late.answer(says(Verdict::Approved, "bob", NOW.plus(WAITS_SECS - 1))).unwrap();
        assert_eq!(late.state(NOW.plus(WAITS_SECS)), ApprovalState::Expired);
    }

    #[test]
    fn a_clock_that_is_set_back_gives_no_more_time() {
        assert_eq!(request().state(Timestamp::from_secs(NOW.as_secs() - 1)), ApprovalState::Expired);
        assert_eq!(approved().state(NOW.plus(9)), ApprovalState::Expired);
        // Once it is written down that it is over, it is over, whatever the clock says later.
        let mut ended = approved();
        ended.ending = Some(Ending::Expired(NOW.plus(90_000)));
        assert_eq!(ended.state(NOW.plus(10)), ApprovalState::Expired);
    }

    #[test]
    fn broken_glass_is_good_for_an_hour_and_once() {
        let mut approval = request();
        approval.break_glass("nobody answers".to_owned());
        assert_eq!(approval.state(NOW.plus(GOOD_SECS)), ApprovalState::Expired);
        assert_eq!(approval.use_up(&principal("ada"), "d", NOW), Ok(()));
        assert!(approval.use_up(&principal("ada"), "d", NOW).is_err());
    }
}
