//! For how long the audit log is kept.

use super::Finding;
use crate::domain::Actor;
use crate::operations::retention::{self, RetentionView};
use crate::operations::{Keystile, OperationError};

const CHECK: &str = "records";

/// For how long entries are kept, and what keeps them longer.
pub(super) async fn finding(keystile: &Keystile) -> Finding {
    let asked: Result<RetentionView, OperationError> =
        retention::get(keystile, &Actor::local("doctor")).await;
    let view = match asked {
        Ok(view) => view,
        Err(error) => return Finding::failed(CHECK, &error),
    };
    let kept = view.days.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    let since = match view.first_entry {
        1 => "from the first entry on".to_owned(),
        first => format!("from entry {first} on"),
    };
    let holds = match view.holds.len() {
        0 => "no legal hold stands".to_owned(),
        1 => "one legal hold stands".to_owned(),
        many => format!("{many} legal holds stand"),
    };
    let told = format!("the audit log is kept {kept}, and is there {since}; {holds}");
    match view.next_days.zip(view.next_at) {
        None => Finding::fine(CHECK, told),
        Some((days, at)) => Finding::warning(
            CHECK,
            format!("{told}; from {at} on it is kept for {days} days"),
            "if nobody has decided that, say what holds: `keystile audit retention set`",
        ),
    }
}
