//! Takes a retiring key out of the set.

use tracing::instrument;

use super::amendment::Amendment;
use super::{KeyPlan, KeyView, Keystile, OperationError, keys};
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
    let mut amendment = begin(keystile, actor, issuer).await?;
    if is_retired(&amendment, kid)? {
        return amendment.unchanged(kid).await;
    }
    make(&mut amendment, actor, kid).await?;
    amendment.publish().await?;
    keys::get(keystile, actor, issuer, kid).await
}

/// What retiring the key now would do. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyPlan, OperationError> {
    let mut amendment = begin(keystile, actor, issuer).await?;
    if !is_retired(&amendment, kid)? {
        make(&mut amendment, actor, kid).await?;
    }
    amendment.plan(kid).await
}

async fn begin<'k>(
    keystile: &'k Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Amendment<'k>, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    keystile.amend(issuer).await
}

fn is_retired(amendment: &Amendment<'_>, kid: &str) -> Result<bool, OperationError> {
    Ok(matches!(amendment.state.ring.get(kid)?.state(), KeyState::Retired { .. }))
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
