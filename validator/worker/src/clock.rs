//! The one place that asks for the time.

use std::time::Duration;

use keystile_validator::UnixTime;
use worker::Date;

/// An instant, in milliseconds since 1970. Within a request it stands still between two waits for I/O.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The present.
    pub fn now() -> Self {
        Self(Date::now().as_millis())
    }

    /// The instant so many milliseconds after 1970.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// How long ago `earlier` was. A clock that has been set back makes it forever, so that nothing is believed to be
    /// recent, or under way, on account of it.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.checked_sub(earlier.0).map_or(Duration::MAX, Duration::from_millis)
    }

    /// The instant as the validator counts it.
    pub fn unix_time(self) -> UnixTime {
        UnixTime::from_secs(self.0 / 1000)
    }

    /// The instant as RFC 3339 writes it.
    pub fn rfc3339(self) -> String {
        worker::js_sys::Date::new(&(self.0 as f64).into()).to_iso_string().into()
    }
}

impl From<UnixTime> for Moment {
    fn from(time: UnixTime) -> Self {
        Self(time.as_secs().saturating_mul(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_recent() {
        let (earlier, later) = (Moment(1_000), Moment(3_500));
        assert_eq!(later.since(earlier), Duration::from_millis(2_500));
        assert_eq!(earlier.since(later), Duration::MAX);
    }
}
