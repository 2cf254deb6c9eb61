//! Instants, always given by the caller.

use crate::json::Value;

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
    /// Reads a number. `None` for anything else, a number in a string too, and for one that is too large to be an
    /// instant, such as `1e400`.
    pub(crate) fn from_json(value: Value) -> Option<Self> {
        let Value::Number(number) = value else { return None };
        number.parse().ok().filter(|secs: &f64| secs.is_finite()).map(Self)
    }

    /// This instant moved `secs` into the future.
    pub(crate) fn plus(self, secs: u64) -> Self {
        // The sum stays finite: next to the largest number, any number of seconds is rounded away.
        Self(self.0 + secs as f64)
    }

    /// This instant moved `secs` into the past.
    pub(crate) fn minus(self, secs: u64) -> Self {
        Self(self.0 - secs as f64)
    }

    /// The first whole second that is not before this instant.
    pub(crate) fn ceil(self) -> UnixTime {
        UnixTime(self.0.ceil() as u64)
    }

    /// The first whole second that is after this instant.
    pub(crate) fn after(self) -> UnixTime {
        // Before 1970 there is no second to count, so that the first one is after it.
        if self.0 < 0.0 { UnixTime(0) } else { UnixTime((self.0.floor() as u64).saturating_add(1)) }
    }

    /// The instant in whole seconds, the fraction dropped; anything before 1970 is 1970.
    pub(crate) fn to_unix_time(self) -> UnixTime {
        // `as` saturates at both ends, which is what is wanted here.
        UnixTime(self.0 as u64)
    }
}

impl From<UnixTime> for NumericDate {
    fn from(time: UnixTime) -> Self {
        Self(time.0 as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(number: &str) -> NumericDate {
        NumericDate::from_json(Value::Number(number)).unwrap()
    }

    #[test]
    fn a_number_too_large_to_be_finite_is_no_date() {
        assert_eq!(NumericDate::from_json(Value::Number("1e400")), None);
        assert_eq!(NumericDate::from_json(Value::Number("-1e400")), None);
    }

    #[test]
    fn only_a_number_is_a_date() {
        for value in [Value::Null, Value::Bool(true), Value::String("1700000000")] {
            assert_eq!(NumericDate::from_json(value), None, "{value:?}");
        }
    }

    #[test]
    fn a_fraction_counts() {
        assert!(date("100.5") > NumericDate::from(UnixTime(100)));
        assert!(date("100.5") < NumericDate::from(UnixTime(101)));
        assert_eq!(date("100.5").to_unix_time(), UnixTime(100));
    }

    #[test]
    fn an_exponent_counts() {
        assert_eq!(date("1.7E9").to_unix_time(), UnixTime(1_700_000_000));
    }

    #[test]
    fn seconds_added_to_the_largest_date_leave_a_date() {
        assert!(date("1.7e308").plus(u64::MAX).0.is_finite());
    }

    #[test]
    fn a_date_before_the_epoch_is_the_epoch_in_whole_seconds() {
        assert_eq!(date("-5").to_unix_time(), UnixTime(0));
    }
}
