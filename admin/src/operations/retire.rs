//! Takes a retiring key out of the set.

use super::amendment::Amendment;
use super::{KeyView, Keystile, OperationError, keys};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, KeyState, Permission, TransitionError};

/// Takes a retiring key out of the set, and destroys its private half.
///
/// Refused with `retire_window_open` while tokens it signed may be in use, and with `backends_behind` while a backend may still
/// sign with it. Does nothing where it is retired already.
pub async fn retire(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    actor.may(Permission::Operate)?;
    let mut amendment = keystile.amend(issuer).await?;
    if matches!(amendment.state.ring.get(kid)?.state(), KeyState::Retired { .. }) {
        return amendment.unchanged(kid).await;
    }
    let missing = amendment.state.behind(amendment.now);
    if !missing.is_empty() {
        return Err(TransitionError::BackendsBehind { kid: kid.to_owned(), missing }.into());
    }
    apply(&mut amendment, actor, kid).await?;
    amendment.publish().await?;
    keys::get(keystile, actor, issuer, kid).await
}

/// The retirement itself.
pub(super) async fn apply(
    amendment: &mut Amendment<'_>,
    actor: &Actor,
    kid: &str,
) -> Result<(), OperationError> {
    let state = &mut amendment.state;
    state.ring.retire(kid, &state.issuer.policy, amendment.now)?;
    amendment.record_key(actor, Action::KeyRetired, kid, None).await
}
