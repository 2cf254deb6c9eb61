//! Rotation: a new key is made, published, confirmed and activated, and the old one retired, without a human.

use super::{Keystile, OperationError, RotationView};
use crate::domain::{Actor, IssuerId, KeySize};

/// Starts a rotation. The steward goes on with it.
///
/// Refused with `rotation_in_progress` until the one before has activated its key.
pub async fn start(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    size: Option<KeySize>,
    reason: Option<String>,
) -> Result<RotationView, OperationError> {
    let _ = (keystile, actor, issuer, size, reason);
    Err(super::unwritten())
}

/// The latest rotation, finished or not; `None` if there never was one.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Option<RotationView>, OperationError> {
    let _ = (keystile, actor, issuer);
    Err(super::unwritten())
}

/// Calls off the rotation whose key does not sign yet. The key is revoked: it never signed anything.
pub async fn cancel(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<RotationView, OperationError> {
    let _ = (keystile, actor, issuer);
    Err(super::unwritten())
}
