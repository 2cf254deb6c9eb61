//! Lets a confirmed key sign.

use tracing::instrument;

use super::amendment::Amendment;
use super::{KeyPlan, KeyView, Keystile, OperationError, reason};
use crate::audit::Action;
use crate::domain::{Actor, Clearance, IssuerId, Permission};
use crate::telemetry::SPANS;

/// Lets a confirmed key sign. The key that signed before is retiring from now on; a retiring key comes back this way.
///
/// Refused with `not_yet_confirmed` until every edge has the key, and with `not_handed_over` until every backend has the key
/// of the rotation under way, unless `override_reason` says why not to wait.
/// Does nothing where the key is active already.
#[instrument(name = "keys.activate", target = SPANS, skip_all)]
pub async fn activate(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    override_reason: Option<String>,
) -> Result<KeyView, OperationError> {
    taken(keystile, actor, issuer, kid, override_reason).await?.done(kid).await
}

/// What activating the key now would do, with or without waiting for the edge. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    override_reason: Option<String>,
) -> Result<KeyPlan, OperationError> {
    taken(keystile, actor, issuer, kid, override_reason).await?.plan(kid).await
}

/// The step, in a change that is neither published nor given up yet; none where it was taken before.
async fn taken<'k>(
    keystile: &'k Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
    override_reason: Option<String>,
) -> Result<Amendment<'k>, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let override_reason = reason::optional("override_reason", override_reason.as_deref())?;
    let mut amendment = keystile.amend(issuer).await?;
    if !amendment.state.ring.get(kid)?.is_active() {
        make(&mut amendment, actor, kid, override_reason).await?;
    }
    Ok(amendment)
}

async fn make(
    amendment: &mut Amendment<'_>,
    actor: &Actor,
    kid: &str,
    override_reason: Option<String>,
) -> Result<(), OperationError> {
    let key = amendment.state.ring.get(kid)?;
    key.can_activate()?;
    let clearance = match (amendment.state.clearance(key, amendment.now), override_reason) {
        (Ok(clearance), _) => clearance,
        (Err(_), Some(reason)) => Clearance::Overridden { reason },
        (Err(refusal), None) => return Err(refusal.into()),
    };
    apply(amendment, actor, kid, &clearance).await
}

/// The activation itself, for whoever has the clearance.
pub(super) async fn apply(
    amendment: &mut Amendment<'_>,
    actor: &Actor,
    kid: &str,
    clearance: &Clearance,
) -> Result<(), OperationError> {
    let (state, now) = (&mut amendment.state, amendment.now);
    state.ring.activate(kid, clearance, &state.issuer.policy, now)?;
    // The key that a rotation was to replace signs again: the rotation is over.
    if let Some(rotation) = state.rotation.as_mut().filter(|rotation| rotation.old_kid == kid) {
        rotation.cancelled_at.get_or_insert(now);
    }
    match clearance {
        Clearance::Confirmed(_) => amendment.record_key(actor, Action::KeyActivated, kid, None).await,
        Clearance::Overridden { reason } => {
            amendment.record_key(actor, Action::KeyActivatedUnconfirmed, kid, Some(reason)).await
        }
    }
}
