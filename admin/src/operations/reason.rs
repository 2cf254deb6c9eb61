//! The reason a person gives.

use super::OperationError;

/// Longer ones belong into a ticket, and its name into the reason.
const LONGEST: usize = 500;

/// A reason that says something.
pub(super) fn required(field: &'static str, reason: &str) -> Result<String, OperationError> {
    let refused = |detail: &str| Err(OperationError::InvalidInput { field, detail: detail.to_owned() });
    match reason.trim() {
        "" => refused("a reason is required: say in a few words why, for the audit log"),
        reason if reason.chars().count() > LONGEST => {
            refused("the reason is too long: use at most 500 characters")
        }
        reason => Ok(reason.to_owned()),
    }
}

/// A reason that may be left out, but not be empty.
pub(super) fn optional(field: &'static str, reason: Option<&str>) -> Result<Option<String>, OperationError> {
    reason.map(|reason| required(field, reason)).transpose()
}
