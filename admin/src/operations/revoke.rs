//! Takes a key out of the set at once and for good.

use tracing::instrument;

use super::amendment::Amendment;
use super::{KeyPlan, KeyView, Keystile, OperationError, keys, reason};
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
    let mut amendment = keystile.amend(issuer).await?;
    if is_revoked(&amendment, kid)? {
        return amendment.unchanged(kid).await;
    }
    make(&mut amendment, actor, kid, &reason).await?;
    amendment.publish().await?;
    keys::get(keystile, actor, issuer, kid).await
}

/// What revoking the key now would do. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyPlan, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let mut amendment = keystile.amend(issuer).await?;
    if !is_revoked(&amendment, kid)? {
        make(&mut amendment, actor, kid, "a dry run").await?;
    }
    amendment.plan(kid).await
}

fn is_revoked(amendment: &Amendment<'_>, kid: &str) -> Result<bool, OperationError> {
    Ok(matches!(amendment.state.ring.get(kid)?.state(), KeyState::Revoked { .. }))
}

async fn make(
    amendment: &mut Amendment<'_>,
    actor: &Actor,
    kid: &str,
    reason: &str,
) -> Result<(), OperationError> {
    amendment.state.ring.revoke(kid, reason.to_owned(), amendment.now)?;
    amendment.record_key(actor, Action::KeyRevoked, kid, Some(reason)).await
}
