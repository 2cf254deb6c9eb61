//! For how long the records of what happened are kept, and what must be kept whatever that says.

use super::Timestamp;

const DAY_SECS: u64 = 86_400;
/// Twelve months, in a leap year too: PCI DSS 4.0.1, 10.5.1 wants no less, and who has done something wrong waits long.
pub const SHORTEST_DAYS: u32 = 366;
/// A hundred years: whoever wants more wants for ever.
pub const LONGEST_DAYS: u32 = 36_525;
/// For so long everybody can see that entries are going to be deleted sooner, and call that off.
const NOTICE_SECS: u64 = 30 * DAY_SECS;

/// For how long entries of the audit log are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// In whole days; for ever where there is none.
    pub days: Option<u32>,
    /// A shorter time, and when it takes the place of that.
    pub next: Option<(u32, Timestamp)>,
}

impl Retention {
    /// The time that is in force now.
    pub fn days_at(self, now: Timestamp) -> Option<u32> {
        match self.next {
            Some((days, at)) if at <= now => Some(days),
            _ => self.days,
        }
    }

    /// The shorter time that is going to be in force, if one is.
    pub fn pending_at(self, now: Timestamp) -> Option<(u32, Timestamp)> {
        self.next.filter(|(_, at)| now < *at)
    }

    /// Whether `days` would delete what is kept now, or what is to be kept by what was said last.
    pub fn is_shortened_by(self, days: Option<u32>, now: Timestamp) -> bool {
        days.is_some_and(|days| self.days_at(now).is_none_or(|kept| days < kept))
    }

    /// Keeps entries for `days` from now on. What is shorter than the time in force takes its place after a notice.
    #[must_use]
    pub fn set(self, days: Option<u32>, now: Timestamp) -> Self {
        match days {
            Some(next) if self.is_shortened_by(days, now) => {
                Self { days: self.days_at(now), next: Some((next, now.plus(NOTICE_SECS))) }
            }
            _ => Self { days, next: None },
        }
    }

    /// Deletes nothing for as long as a notice takes: somebody may have to say again what must be kept.
    #[must_use]
    pub fn suspended(self, now: Timestamp) -> Self {
        let shortest = [self.days_at(now), self.next.map(|(days, _)| days)].into_iter().flatten().min();
        match shortest {
            Some(days) => Self { days: None, next: Some((days, now.plus(NOTICE_SECS))) },
            None => self,
        }
    }

    /// What is older than this may be deleted, as far as no hold keeps it.
    pub fn cutoff(self, now: Timestamp) -> Option<Timestamp> {
        let secs = u64::from(self.days_at(now)?) * DAY_SECS;
        now.as_secs().checked_sub(secs).map(Timestamp::from_secs)
    }
}

/// What must not be deleted, because of a court, an authority or an inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalHold {
    /// Its id.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The first instant it covers; everything before `to` where there is none.
    pub from: Option<Timestamp>,
    /// The instant after the last it covers; everything since `from` where there is none.
    pub to: Option<Timestamp>,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
    /// Who ended it, if somebody did.
    pub released: Option<Release>,
}

/// The end of a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Who ended it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl LegalHold {
    /// Whether it holds.
    pub fn stands(&self) -> bool {
        self.released.is_none()
    }

    /// The cutoff that it leaves. A log is deleted from its beginning alone, so that everything from the first instant of a
    /// hold on stays, also what is later than its last.
    pub fn limit(&self, cutoff: Timestamp) -> Timestamp {
        match self.stands() {
            true => cutoff.min(self.from.unwrap_or(Timestamp::from_secs(0))),
            false => cutoff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn what_is_shorter_waits_and_what_is_longer_does_not() {
        let forever = Retention::default();
        assert_eq!(forever.cutoff(NOW), None);
        let seven_years = forever.set(Some(2_557), NOW);
        assert_eq!(seven_years.days_at(NOW.plus(NOTICE_SECS - 1)), None);
        assert_eq!(seven_years.pending_at(NOW), Some((2_557, NOW.plus(NOTICE_SECS))));
        let later = NOW.plus(NOTICE_SECS);
        assert_eq!((seven_years.days_at(later), seven_years.pending_at(later)), (Some(2_557), None));
        let ten = seven_years.set(Some(3_653), later);
        assert_eq!(ten, Retention { days: Some(3_653), next: None });
        let a_year = ten.set(Some(SHORTEST_DAYS), later);
        assert_eq!((a_year.days_at(later), a_year.cutoff(later)), (Some(3_653), ten.cutoff(later)));
        assert_eq!(a_year.set(None, later), Retention::default(), "called off");
    }

    #[test]
    fn saying_it_again_does_not_shorten_the_notice() {
        let said = Retention::default().set(Some(400), NOW);
        let again = said.set(Some(400), NOW.plus(NOTICE_SECS - 1));
        assert_eq!(again.next, Some((400, NOW.plus(2 * NOTICE_SECS - 1))));
    }

    #[test]
    fn after_a_suspension_nothing_goes_for_a_month() {
        let kept = Retention { days: Some(400), next: None };
        let suspended = kept.suspended(NOW);
        assert_eq!((suspended.cutoff(NOW), suspended.days_at(NOW.plus(NOTICE_SECS))), (None, Some(400)));
        assert_eq!(Retention::default().suspended(NOW), Retention::default());
    }

    #[test]
    fn a_hold_keeps_everything_from_its_first_instant_on_until_it_is_released() {
        let hold = LegalHold {
            id: "h".to_owned(),
            reason: "a lawsuit".to_owned(),
            from: Some(NOW),
            to: Some(NOW.plus(10)),
            set_by: "local:ops".to_owned(),
            set_at: NOW,
            released: None,
        };
        assert_eq!(hold.limit(NOW.plus(100)), NOW);
        assert_eq!(hold.limit(Timestamp::from_secs(5)), Timestamp::from_secs(5));
        assert_eq!(LegalHold { from: None, ..hold.clone() }.limit(NOW), Timestamp::from_secs(0));
        let release = Release { by: "local:ops".to_owned(), at: NOW, reason: "settled".to_owned() };
        assert_eq!(LegalHold { released: Some(release), ..hold }.limit(NOW.plus(100)), NOW.plus(100));
    }
}
