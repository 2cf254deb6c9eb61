//! Instants, always given by the caller.

/// A whole number of seconds since 1970-01-01T00:00:00Z, ignoring leap seconds.
///
/// The validator never asks for the time itself: at the edge the clock belongs to the runtime, and in a test to the
/// test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The instant `secs` seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }
}

/// A `NumericDate` (RFC 7519 section 2): seconds since the epoch, possibly with a fraction, possibly before 1970.
// INVARIANT: finite, so that every comparison below means what it says.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct NumericDate(f64);

impl NumericDate {
    /// Reads a JSON number. `None` where it is too large to be an instant, such as `1e400`.
    pub(crate) fn from_json_number(number: &str) -> Option<Self> {
        number.parse().ok().filter(|secs: &f64| secs.is_finite()).map(Self)
    }

    /// Whether `now` has reached this instant moved `secs` into the future.
    pub(crate) fn reached(self, now: UnixTime, secs: u64) -> bool {
        now.0 as f64 >= self.0 + secs as f64
    }

    /// Whether this instant is more than `secs` in the future.
    pub(crate) fn is_ahead(self, now: UnixTime, secs: u64) -> bool {
        self.0 > now.0 as f64 + secs as f64
    }

    /// The instant in whole seconds, the fraction dropped; anything before 1970 is 1970.
    pub(crate) fn to_unix_time(self) -> UnixTime {
        // `as` saturates at both ends, which is what is wanted here.
        UnixTime(self.0 as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_too_large_to_be_finite_is_no_date() {
        assert_eq!(NumericDate::from_json_number("1e400"), None);
        assert_eq!(NumericDate::from_json_number("-1e400"), None);
    }

    #[test]
    fn a_date_is_reached_at_the_very_second() {
        let date = NumericDate(100.0);
        assert!(!date.reached(UnixTime(129), 30));
        assert!(date.reached(UnixTime(130), 30));
    }

    #[test]
    fn a_fraction_counts() {
        let date = NumericDate::from_json_number("100.5").unwrap();
        assert!(!date.reached(UnixTime(100), 0));
        assert!(date.reached(UnixTime(101), 0));
        assert!(date.is_ahead(UnixTime(100), 0));
        assert_eq!(date.to_unix_time(), UnixTime(100));
    }

    #[test]
    fn a_date_before_the_epoch_is_the_epoch_in_whole_seconds() {
        assert_eq!(NumericDate(-5.0).to_unix_time(), UnixTime(0));
    }
}
