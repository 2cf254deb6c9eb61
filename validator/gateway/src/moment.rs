//! An instant, as a gateway counts it. Whoever runs the gateway says which one it is.

use std::time::Duration;

use keystile_validator::UnixTime;

/// An instant, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The instant so many milliseconds after 1970.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// How many milliseconds after 1970 it is.
    pub fn as_millis(self) -> u64 {
        self.0
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
