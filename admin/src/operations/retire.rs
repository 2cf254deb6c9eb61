//! Takes a retiring key out of the set, and destroys its private half.

use super::{KeyView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId};

/// Takes a retiring key out of the set, and destroys its private half.
///
/// Refused with `retire_window_open` while tokens it signed may be in use. Does nothing where it is retired already.
pub async fn retire(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    let _ = (keystile, actor, issuer, kid);
    Err(super::unwritten())
}
