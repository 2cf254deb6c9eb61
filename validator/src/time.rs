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
        Some(seconds(number)).filter(|secs| secs.is_finite()).map(Self)
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

    /// The earlier of two instants.
    pub(crate) fn earlier(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// The later of two instants.
    pub(crate) fn later(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The first whole second that is not before this instant.
    pub(crate) fn ceil(self) -> UnixTime {
        let UnixTime(whole) = self.to_unix_time();
        UnixTime(whole.saturating_add(u64::from((whole as f64) < self.0)))
    }

    /// The first whole second that is after this instant.
    pub(crate) fn after(self) -> UnixTime {
        // Before 1970 there is no second to count, so that the first one is after it.
        if self.0 < 0.0 { UnixTime(0) } else { UnixTime((self.0 as u64).saturating_add(1)) }
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

/// The value of a JSON number: exact up to 2^53 times and parts of powers of ten up to 10^22, and elsewhere right in
/// fifteen digits. That is microseconds of a century, where the standard library's exact answer to everything
/// takes 15 KB of tables and code.
fn seconds(number: &str) -> f64 {
    /// Numbers of this size and above have nineteen digits or more; one digit more still fits.
    const NINETEEN_DIGITS: u64 = 1_000_000_000_000_000_000;
    let (significand, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = significand.split_once('.').unwrap_or((significand, ""));
    let digits = whole.trim_start_matches('-').bytes().chain(fraction.bytes());
    let mut value = 0_u64;
    let mut dropped = 0;
    for digit in digits.map(|digit| u64::from(digit - b'0')) {
        if value < NINETEEN_DIGITS {
            value = 10 * value + digit;
        } else {
            dropped += 1;
        }
    }
    let scale = exponent_of(exponent).saturating_add(dropped - fraction.len() as i32);
    let magnitude = scaled(value as f64, scale);
    if number.starts_with('-') { -magnitude } else { magnitude }
}

/// An exponent so large that it leaves the range of `f64` whatever stands before it is as good as any other such.
fn exponent_of(digits: &str) -> i32 {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, digits.trim_start_matches('+')),
    };
    let push = |value: i32, digit: u8| value.saturating_mul(10).saturating_add(i32::from(digit - b'0'));
    sign * digits.bytes().fold(0, push)
}

/// `value` * 10^`scale`. Powers of ten up to 10^22 are exact, so that up to there one rounding is all there is.
fn scaled(mut value: f64, scale: i32) -> f64 {
    const STEP: u32 = 22;
    // Zero stays zero, and nothing else is left between zero and infinity after so many steps.
    let mut left = scale.unsigned_abs().min(700);
    while left > 0 {
        let step = left.min(STEP);
        let power = (0..step).fold(1.0, |power: f64, _| power * 10.0);
        value = if scale < 0 { value / power } else { value * power };
        left -= step;
    }
    value
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
    fn numbers_are_read_as_the_standard_library_reads_them() {
        let exact = [
            "0",
            "-0",
            "1",
            "1800000000",
            "9007199254740991",
            "1800000000.5",
            "1800000000.123456",
            "1.8e9",
            "18E8",
            "1.8E+9",
            "-12.75",
            "1e22",
            "123e-22",
            "0.000001",
            "1e400",
            "-1e400",
            "0e400",
            "1e-400",
            "99999999999999999999e-2147483648",
            "1e2147483648",
            "1e99999999999999999999",
            "0e-99999999999",
        ];
        for number in exact {
            assert_eq!(seconds(number), number.parse::<f64>().unwrap(), "{number}");
        }
        let long = [
            "1800000000.1234567890123456789",
            "180000000012345678901234567890",
            "1.7e308",
            "2e-308",
            "0.00000000000000000000000000000018e40",
            "1234567890123456789012345e-15",
        ];
        for number in long {
            let exact: f64 = number.parse().unwrap();
            assert!((seconds(number) / exact - 1.0).abs() < 4.0 * f64::EPSILON, "{number}");
        }
        let longest = format!("{}e-{}", "7".repeat(60_000), 59_990);
        assert!((seconds(&longest) / 7_777_777_777.777_778 - 1.0).abs() < 4.0 * f64::EPSILON);
    }

    #[test]
    fn the_second_after_a_date_is_later_than_the_date() {
        for (number, after) in [("0", 1), ("-0.5", 0), ("-3", 0), ("7", 8), ("7.5", 8)] {
            assert_eq!(date(number).after(), UnixTime(after), "{number}");
        }
    }

    #[test]
    fn of_two_dates_one_is_earlier_and_the_other_later() {
        let (one, other) = (date("-1.5"), date("2"));
        assert_eq!((one.earlier(other), one.later(other)), (one, other));
        assert_eq!((other.earlier(one), other.later(one)), (one, other));
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
