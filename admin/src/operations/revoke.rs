//! Takes a pending or retiring key out of the set at once and for good.

use super::{KeyView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId};

/// Takes a pending or retiring key out of the set at once and for good; every token it signed is refused.
///
/// Refused with `active_key_needs_emergency` for the active key. Does nothing where it is revoked already.
pub async fn revoke(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    reason: String,
) -> Result<KeyView, OperationError> {
    let _ = (keystile, actor, issuer, kid, reason);
    Err(super::unwritten())
}
