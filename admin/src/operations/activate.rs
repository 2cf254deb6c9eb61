//! Lets a confirmed key sign.

use super::{KeyView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId};

/// Lets a confirmed key sign. The key that signed before is retiring from now on; a retiring key comes back this way.
///
/// Refused with `not_yet_confirmed` until every edge has the key, unless `override_reason` says why not to wait.
/// Does nothing where the key is active already.
pub async fn activate(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    override_reason: Option<String>,
) -> Result<KeyView, OperationError> {
    let _ = (keystile, actor, issuer, kid, override_reason);
    Err(super::unwritten())
}
