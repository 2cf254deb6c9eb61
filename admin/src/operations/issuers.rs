//! Issuers and their policies.

use super::{IssuerView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId};
use crate::settings::IssuerChange;

/// Every issuer.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<IssuerView>, OperationError> {
    let _ = (keystile, actor);
    Err(super::unwritten())
}

/// One issuer.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<IssuerView, OperationError> {
    let _ = (keystile, actor, issuer);
    Err(super::unwritten())
}

/// Changes settings of an issuer; what is `None` stays. A change that changes nothing leaves no trace.
pub async fn change(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    change: IssuerChange,
) -> Result<IssuerView, OperationError> {
    let _ = (keystile, actor, issuer, change);
    Err(super::unwritten())
}
