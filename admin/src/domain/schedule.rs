//! When the server turns a key by itself: an interval, a jitter that a restart does not change, and a weekly window.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{IssuerState, KeyState, Timestamp};

const DAY_SECS: u64 = 86_400;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/// 1970-01-01 was a Thursday.
const FIRST_WEEKDAY: u64 = 3;
/// A rotation comes early by up to this part of its interval, so that many servers do not rotate in step.
const JITTER_PART: u64 = 100;

/// The hours of the week in which a scheduled rotation may start and may activate its key. In UTC, without exception:
/// a window that moves with daylight saving would close under a rotation once a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CalendarWindow {
    // INVARIANT: at least one day is open, and `opens < closes`.
    days: [bool; 7],
    /// Seconds after midnight.
    opens: u64,
    closes: u64,
}

impl CalendarWindow {
    /// Open all week.
    pub const ALWAYS: Self = Self { days: [true; 7], opens: 0, closes: DAY_SECS };

    /// Whether it is open at this instant.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.next_opening(at) == at
    }

    /// The first instant from `at` on at which it is open: `at` itself if it is open then.
    pub fn next_opening(&self, at: Timestamp) -> Timestamp {
        let today = at.as_secs() / DAY_SECS;
        let openings = (today..=today.saturating_add(7)).filter_map(|day| {
            let weekday = usize::try_from((day % 7 + FIRST_WEEKDAY) % 7).unwrap_or(0);
            let midnight = Timestamp::from_secs(day.saturating_mul(DAY_SECS));
            let opening = midnight.plus(self.opens).max(at);
            let is_open = self.days.get(weekday).copied().unwrap_or(false);
            (is_open && opening < midnight.plus(self.closes)).then_some(opening)
        });
        openings.min().unwrap_or(at)
    }
}

impl Default for CalendarWindow {
    fn default() -> Self {
        Self::ALWAYS
    }
}

/// Text that names no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no weekly window: write it like `Mon-Thu 09:00-16:00 UTC`, or `always`")]
pub struct InvalidWindow(String);

impl FromStr for CalendarWindow {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        if text.trim() == "always" {
            return Ok(Self::ALWAYS);
        }
        parse(text).ok_or_else(|| InvalidWindow(text.to_owned()))
    }
}

impl TryFrom<String> for CalendarWindow {
    type Error = InvalidWindow;

    fn try_from(text: String) -> Result<Self, InvalidWindow> {
        text.parse()
    }
}

impl From<CalendarWindow> for String {
    fn from(window: CalendarWindow) -> Self {
        window.to_string()
    }
}

impl fmt::Display for CalendarWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALWAYS {
            return f.write_str("always");
        }
        let open = DAYS.iter().zip(self.days).filter_map(|(name, open)| open.then_some(*name));
        let time = |secs: u64| format!("{:02}:{:02}", secs / 3_600, secs % 3_600 / 60);
        let days = open.collect::<Vec<_>>().join(",");
        write!(f, "{days} {}-{} UTC", time(self.opens), time(self.closes))
    }
}

fn parse(text: &str) -> Option<CalendarWindow> {
    let mut parts = text.split_whitespace();
    let (days, hours) = (parts.next()?, parts.next()?);
    if !matches!((parts.next(), parts.next()), (None | Some("UTC"), None)) {
        return None;
    }
    let (opens, closes) = hours.split_once('-')?;
    let window =
        CalendarWindow { days: open_days(days)?, opens: clock_time(opens)?, closes: clock_time(closes)? };
    (window.opens < window.closes).then_some(window)
}

/// `Mon-Thu,Sat`; a range may run over the end of the week.
fn open_days(text: &str) -> Option<[bool; 7]> {
    let number = |name: &str| DAYS.iter().position(|day| *day == name);
    let mut open = [false; 7];
    for range in text.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last) = (number(first)?, number(last)?);
        let length = (last + 7 - first) % 7;
        let in_range = |day: usize| (day + 7 - first) % 7 <= length;
        open.iter_mut().enumerate().filter(|(day, _)| in_range(*day)).for_each(|(_, open)| *open = true);
    }
    Some(open)
}

fn clock_time(text: &str) -> Option<u64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u64>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let secs = hours * 3_600 + minutes * 60;
    (minutes < 60 && secs <= DAY_SECS).then_some(secs)
}

impl IssuerState {
    /// When the schedule wants the key that signs to be replaced at the latest: without the jitter that makes it earlier,
    /// and whether or not a rotation is under way. `None` where rotations are started by hand.
    pub fn rotation_due_at(&self) -> Option<Timestamp> {
        let policy = &self.issuer.policy;
        let KeyState::Active { activated_at } = self.ring.active().state() else { return None };
        let interval = u64::from(policy.rotation_interval_days) * DAY_SECS;
        (interval > 0).then(|| policy.rotation_window.next_opening(activated_at.plus(interval)))
    }

    /// When the schedule starts the next rotation; `None` while one is pending, or where the schedule is switched off.
    pub fn next_rotation_at(&self, now: Timestamp) -> Option<Timestamp> {
        let policy = &self.issuer.policy;
        let interval = u64::from(policy.rotation_interval_days) * DAY_SECS;
        let KeyState::Active { activated_at } = self.ring.active().state() else { return None };
        if interval == 0 || self.pending_rotation().is_some() {
            return None;
        }
        let early = jitter(self.ring.active().kid(), interval / JITTER_PART);
        let due = activated_at.plus(interval - early);
        Some(policy.rotation_window.next_opening(due.max(now)))
    }
}

/// A number from 0 to `most` that follows from the kid, which is a hash: nothing need be remembered.
fn jitter(kid: &str, most: u64) -> u64 {
    let number =
        kid.bytes().fold(0_u64, |number, byte| number.wrapping_mul(67).wrapping_add(u64::from(byte)));
    number % most.saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2023-11-13T00:00:00Z, a Monday.
    const MONDAY: Timestamp = Timestamp::from_secs(1_699_833_600);
    const HOUR: u64 = 3_600;

    fn office() -> CalendarWindow {
        "Mon-Thu 09:00-16:00 UTC".parse().unwrap()
    }

    #[test]
    fn a_window_opens_at_its_hour_and_is_closed_from_its_last_on() {
        let window = office();
        assert!(!window.is_open(MONDAY.plus(9 * HOUR - 1)));
        assert!(window.is_open(MONDAY.plus(9 * HOUR)));
        assert!(window.is_open(MONDAY.plus(16 * HOUR - 1)));
        assert!(!window.is_open(MONDAY.plus(16 * HOUR)));
    }

    #[test]
    fn the_next_opening_passes_over_closed_days() {
        let thursday_evening = MONDAY.plus(3 * DAY_SECS + 17 * HOUR);
        assert_eq!(office().next_opening(thursday_evening), MONDAY.plus(7 * DAY_SECS + 9 * HOUR));
        let monday_noon = MONDAY.plus(12 * HOUR);
        assert_eq!(office().next_opening(monday_noon), monday_noon);
    }

    #[test]
    fn the_one_day_of_a_window_comes_back_after_a_week() {
        let window: CalendarWindow = "Mon 09:00-10:00".parse().unwrap();
        assert_eq!(window.next_opening(MONDAY.plus(10 * HOUR)), MONDAY.plus(7 * DAY_SECS + 9 * HOUR));
    }

    #[test]
    fn a_window_reads_as_it_is_shown() {
        for (said, shown) in [
            ("always", "always"),
            ("Mon-Thu 09:00-16:00", "Mon,Tue,Wed,Thu 09:00-16:00 UTC"),
            ("Sat-Mon,Wed 00:00-24:00 UTC", "Mon,Wed,Sat,Sun 00:00-24:00 UTC"),
        ] {
            let window: CalendarWindow = said.parse().unwrap();
            assert_eq!(window.to_string(), shown);
            assert_eq!(shown.parse(), Ok(window));
        }
    }

    #[test]
    fn what_names_no_window_is_refused() {
        for text in [
            "",
            "Mon",
            "Mon 9:00-16:00",
            "Mon 16:00-09:00",
            "Mon 09:00-09:00",
            "Mon 09:00-25:00",
            "Mon 09:60-10:00",
            "Mo 09:00-16:00",
            "Mon 09:00-16:00 CET",
            "Mon 09:00-16:00 UTC x",
        ] {
            assert_eq!(text.parse::<CalendarWindow>(), Err(InvalidWindow(text.to_owned())), "{text}");
        }
    }

    #[test]
    fn the_jitter_of_a_key_never_changes_and_stays_within_its_part() {
        let kids = ["9Xq1yVb2", "aaaa", "zzzz", "-_-_"];
        let early = kids.map(|kid| jitter(kid, 77_760));
        assert_eq!(early, kids.map(|kid| jitter(kid, 77_760)));
        assert!(early.iter().all(|secs| *secs <= 77_760));
        assert!(early.iter().any(|secs| *secs != early[0]), "{early:?}");
        assert_eq!(jitter("a", 0), 0);
    }
}
