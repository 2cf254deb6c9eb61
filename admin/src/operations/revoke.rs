//! Takes a key out of the set at once and for good.

use tracing::instrument;

use super::amendment::Amendment;
use super::{KeyPlan, KeyView, Keystile, OperationError, reason};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, KeyState, Permission};
use crate::telemetry::SPANS;

/// Takes a pending or retiring key out of the set at once and for good; every token it signed is refused.
///
/// Refused with `active_key_needs_emergency` for the active key. Does nothing where it is revoked already.
#[instrument(name = "keys.revoke", target = SPANS, skip_all)]
pub async fn revoke(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    reason: String,
) -> Result<KeyView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::required("reason", &reason)?;
    taken(keystile, actor, issuer, kid, &reason).await?.done(kid).await
}

/// What revoking the key now would do. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyPlan, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    taken(keystile, actor, issuer, kid, "a dry run").await?.plan(kid).await
}

/// The step, in a change that is neither published nor given up yet; none where it was taken before.
async fn taken<'k>(
    keystile: &'k Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    reason: &str,
) -> Result<Amendment<'k>, OperationError> {
    let mut amendment = keystile.amend(issuer).await?;
    let (state, now) = (&mut amendment.state, amendment.now);
    if !matches!(state.ring.get(kid)?.state(), KeyState::Revoked { .. }) {
        state.ring.revoke(kid, reason.to_owned(), now)?;
        amendment.record_key(actor, Action::KeyRevoked, kid, Some(reason)).await?;
    }
    Ok(amendment)
}
