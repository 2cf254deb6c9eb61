//! The one place that asks for the time.

use keystile_gateway::Moment;
use worker::{Date, js_sys};

/// The present. Within a request it stands still between two waits for I/O.
pub(crate) fn now() -> Moment {
    Moment::from_millis(Date::now().as_millis())
}

/// An instant as RFC 3339 writes it.
pub(crate) fn rfc3339(moment: Moment) -> String {
    js_sys::Date::new(&(moment.as_millis() as f64).into()).to_iso_string().into()
}
