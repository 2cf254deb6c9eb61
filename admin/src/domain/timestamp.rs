//! Instants, in whole seconds: the unit of JWT and of everything that is signed.

use std::fmt;
use std::str::FromStr;

use keystile_validator::UnixTime;
use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};

/// Seconds since 1970-01-01T00:00:00Z. Shown and serialised as RFC 3339 with a final `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant so many seconds after the epoch.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Reads the `Date` of an HTTP answer, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    pub fn from_http_date(text: &str) -> Option<Self> {
        let read = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        u64::try_from(read.unix_timestamp()).ok().map(Self)
    }

    /// Seconds since the epoch, as in a JWT's NumericDate.
    pub const fn as_secs(self) -> u64 {
        self.0
    }

    /// The instant `secs` seconds later. Saturates, so that an absurd setting waits for ever instead of wrapping.
    #[must_use]
    pub const fn plus(self, secs: u64) -> Self {
        Self(self.0.saturating_add(secs))
    }

    /// How many seconds `self` is after `earlier`; 0 if it is not.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<Timestamp> for UnixTime {
    fn from(at: Timestamp) -> Self {
        Self::from_secs(at.0)
    }
}

/// RFC 3339, or whole seconds since 1970.
impl FromStr for Timestamp {
    type Err = InvalidInstant;

    fn from_str(text: &str) -> Result<Self, InvalidInstant> {
        if let Ok(secs) = text.parse() {
            return Ok(Self(secs));
        }
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidInstant)?;
        instant.unix_timestamp().try_into().map(Self).map_err(|_| InvalidInstant)
    }
}

/// A text that is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an instant is written like `2026-12-01T00:00:00Z`, or in seconds since 1970")]
pub struct InvalidInstant;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let formatted = i64::try_from(self.0)
            .ok()
            .and_then(|secs| OffsetDateTime::from_unix_timestamp(secs).ok())
            .and_then(|at| at.format(&Rfc3339).ok());
        match formatted {
            Some(text) => f.write_str(&text),
            // RFC 3339 ends with the year 9999; beyond it only the number can be shown.
            None => write!(f, "@{}", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_secs(1_700_000_000).to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn an_instant_beyond_the_calendar_is_shown_as_a_number() {
        assert_eq!(Timestamp::from_secs(u64::MAX).to_string(), "@18446744073709551615");
    }

    #[test]
    fn read_as_rfc_3339_or_in_seconds() {
        let instant = Ok(Timestamp::from_secs(1_700_000_000));
        for text in ["2023-11-14T22:13:20Z", "2023-11-14T23:13:20.5+01:00", "1700000000"] {
            assert_eq!(text.parse(), instant, "{text}");
        }
        for text in ["", "-1", "yesterday", "2023-11-14", "1969-12-31T23:59:59Z"] {
            assert_eq!(text.parse::<Timestamp>(), Err(InvalidInstant), "{text}");
        }
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let read = Timestamp::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(read, Some(Timestamp::from_secs(784_111_777)));
        assert_eq!(Timestamp::from_http_date("yesterday"), None);
    }

    #[test]
    fn adding_saturates() {
        assert_eq!(Timestamp::from_secs(5).plus(u64::MAX).as_secs(), u64::MAX);
    }
}
