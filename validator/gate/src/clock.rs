//! The one place that asks for the time.

use std::time::{SystemTime, UNIX_EPOCH};

use keystile_gateway::Moment;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The present.
#[expect(clippy::disallowed_methods, reason = "whoever runs a gateway says which instant it is")]
pub(crate) fn now() -> Moment {
    // A clock before 1970 is one that nobody has set; everything is in its future, so nothing is believed.
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_millis(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}

/// An instant as RFC 3339 writes it, to the second.
pub(crate) fn rfc3339(moment: Moment) -> Option<String> {
    let secs = i64::try_from(moment.unix_time().as_secs()).ok()?;
    OffsetDateTime::from_unix_timestamp(secs).ok()?.format(&Rfc3339).ok()
}
