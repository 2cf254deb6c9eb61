//! Takes a retiring key out of the set.

use tracing::instrument;

use super::amendment::Amendment;
use super::{KeyPlan, KeyView, Keystile, OperationError};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, KeyState, Permission, TransitionError};
use crate::telemetry::SPANS;

/// Takes a retiring key out of the set. Its private half is destroyed, or kept sealed for as long as the policy says.
///
/// Refused with `retire_window_open` while tokens it signed may be in use, and with `backends_behind` while a backend may still
/// sign with it. Does nothing where it is retired already.
#[instrument(name = "keys.retire", target = SPANS, skip_all)]
pub async fn retire(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    taken(keystile, actor, issuer, kid).await?.done(kid).await
}

/// What retiring the key now would do. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyPlan, OperationError> {
    taken(keystile, actor, issuer, kid).await?.plan(kid).await
}

/// The step, in a change that is neither published nor given up yet; none where it was taken before.
async fn taken<'k>(
    keystile: &'k Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<Amendment<'k>, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let mut amendment = keystile.amend(issuer).await?;
    if !matches!(amendment.state.ring.get(kid)?.state(), KeyState::Retired { .. }) {
        make(&mut amendment, actor, kid).await?;
    }
    Ok(amendment)
}

async fn make(amendment: &mut Amendment<'_>, actor: &Actor, kid: &str) -> Result<(), OperationError> {
    let missing = amendment.state.behind(amendment.now);
    if !missing.is_empty() {
        return Err(TransitionError::BackendsBehind { kid: kid.to_owned(), missing }.into());
    }
    apply(amendment, actor, kid).await
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
