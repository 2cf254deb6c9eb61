//! Takes a key out of the set at once and for good.

use super::{KeyView, Keystile, OperationError, keys, present, reason};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, KeyState, Permission};

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
    actor.may(Permission::Operate)?;
    let reason = reason::required("reason", &reason)?;
    let mut amendment = keystile.amend(issuer).await?;
    if matches!(amendment.state.ring.get(kid)?.state(), KeyState::Revoked { .. }) {
        return amendment.unchanged(kid).await;
    }
    amendment.state.ring.revoke(kid, reason.clone(), amendment.now)?;
    amendment.record_key(actor, Action::KeyRevoked, kid, Some(&reason)).await?;
    amendment.publish().await?;
    keys::get(keystile, actor, issuer, kid).await
}

/// The key as revoking it now would leave it. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    actor.may(Permission::Operate)?;
    let mut snapshot = keystile.store.read().await?;
    let mut state = keystile.state(&mut snapshot, issuer).await?;
    state.ring.revoke(kid, "a dry run".to_owned(), keystile.now())?;
    let uses = snapshot.key_uses(issuer).await?;
    present::key(&state, state.ring.get(kid)?, &uses, keystile.now())
}
