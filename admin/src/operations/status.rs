//! The whole server at a glance.

use super::{Keystile, OperationError, StatusView};
use crate::domain::Actor;

/// Every issuer: its key, its version, its push, its edge, its rotation.
pub async fn status(keystile: &Keystile, actor: &Actor) -> Result<StatusView, OperationError> {
    let _ = (keystile, actor);
    Err(super::unwritten())
}

/// Returns `Ok` only if the database answers: for `/readyz`.
pub async fn ready(keystile: &Keystile) -> Result<(), OperationError> {
    let _ = keystile;
    Err(super::unwritten())
}
