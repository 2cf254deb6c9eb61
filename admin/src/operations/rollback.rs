//! Rollback: the key that signed before signs again, in a new and higher version.

use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;

use super::amendment::Amendment;
use super::approvals::{self, Deed};
use super::{Keystile, OperationError, activate, random, reason, rotation};
use crate::audit::Action;
use crate::domain::{
    Actor, Clearance, IssuerId, IssuerState, Key, KeyState, Permission, Rotation, Timestamp, TransitionError,
};
use crate::telemetry::SPANS;

/// What a rollback is told.
#[derive(Debug, Clone, Default)]
pub struct RollbackOrder {
    /// Why, for the audit log.
    pub reason: String,
    /// Why not to wait for an edge that has not confirmed the key.
    pub override_reason: Option<String>,
    /// Whether to say only what would happen.
    pub dry_run: bool,
}

impl RollbackOrder {
    /// Why, and why not to wait.
    pub(super) fn reasons(&self) -> Result<(String, Option<String>), OperationError> {
        let reason = reason::required("reason", &self.reason)?;
        Ok((reason, reason::optional("override_reason", self.override_reason.as_deref())?))
    }
}

/// What a rollback did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RollbackView {
    /// The key that signs again, at once or as soon as every edge has it.
    pub kid: String,
    /// The key that signed until now. Its tokens stay good.
    pub from_kid: String,
    /// Whether it signs from now on. If not, it had left the set: it is published anew, and the server activates it once
    /// every edge has confirmed it.
    pub signs_at_once: bool,
    /// The key of a rotation under way, which is called off.
    pub cancelled_kid: Option<String>,
    /// The new, higher version.
    pub version: u64,
    /// Whether nothing was done.
    pub dry_run: bool,
}

/// Lets the key that signed before the active one sign again.
///
/// A key that is still retiring signs at once, since every edge has it. One that is retired and still sealed comes back
/// into the set, and a rotation leads to it. Refused with `previous_key_revoked` where it was thrown out, and with
/// `private_key_missing` where its private half is gone.
#[instrument(name = "rollback", target = SPANS, skip_all)]
pub async fn rollback(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: RollbackOrder,
) -> Result<RollbackView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let (reason, override_reason) = order.reasons()?;
    let mut amendment = keystile.amend(issuer).await?;
    let previous = amendment.state.ring.previous()?.clone();
    let view = RollbackView {
        kid: previous.kid().to_owned(),
        from_kid: amendment.state.ring.active().kid().to_owned(),
        signs_at_once: matches!(previous.state(), KeyState::Retiring { .. }),
        cancelled_kid: amendment.state.pending_rotation().map(|rotation| rotation.new_kid.clone()),
        version: amendment.next_version(),
        dry_run: order.dry_run,
    };
    if !order.dry_run {
        let deed = Deed::Rollback {
            issuer: issuer.to_string(),
            kid: Some(view.kid.clone()),
            reason: reason.clone(),
            override_reason: override_reason.clone(),
        };
        approvals::pass(&mut amendment.change, actor, &deed, amendment.now).await?;
    }
    let clearance = match view.signs_at_once {
        true => Some(clearance(&amendment.state, &previous, override_reason, amendment.now)?),
        false => None,
    };
    call_off_rotation(&mut amendment, actor).await?;
    match clearance {
        Some(clearance) => activate::apply(&mut amendment, actor, &view.kid, &clearance).await?,
        None => bring_back(&mut amendment, &view, &reason)?,
    }
    // An amendment that is dropped here never was; until here, it is refused for what would refuse the deed.
    if order.dry_run {
        amendment.sign().await?;
        return Ok(view);
    }
    let before = Some(json!({ "active_kid": view.from_kid }));
    let after = serde_json::to_value(&view).ok();
    amendment.record(actor, Action::RolledBack, &view.kid, Some(&reason), before, after).await?;
    amendment.publish().await?;
    Ok(view)
}

fn clearance(
    state: &IssuerState,
    key: &Key,
    override_reason: Option<String>,
    now: Timestamp,
) -> Result<Clearance, TransitionError> {
    match (state.clearance(key, now), override_reason) {
        (Ok(clearance), _) => Ok(clearance),
        (Err(_), Some(reason)) => Ok(Clearance::Overridden { reason }),
        (Err(refusal), None) => Err(refusal),
    }
}

/// A rotation whose key does not sign yet would undo the rollback a minute later.
async fn call_off_rotation(amendment: &mut Amendment<'_>, actor: &Actor) -> Result<(), OperationError> {
    let Some(rotation) = amendment.state.pending_rotation().cloned() else { return Ok(()) };
    let (now, kid) = (amendment.now, rotation.new_kid.clone());
    rotation::refuse_with_backends(&amendment.state, &kid)?;
    amendment.state.ring.revoke(&kid, "the rotation was called off by a rollback".to_owned(), now)?;
    amendment.state.rotation = Some(Rotation { cancelled_at: Some(now), ..rotation });
    // The rotation that comes next is a row of its own, so this one is written down now.
    amendment.save_rotation().await?;
    amendment.record_key(actor, Action::RotationCancelled, &kid, None).await
}

/// The rest is a rotation like any other, to a key that happens to be an old one.
fn bring_back(
    amendment: &mut Amendment<'_>,
    view: &RollbackView,
    reason: &str,
) -> Result<(), OperationError> {
    let (id, started_at) = (random::text::<12>()?, amendment.now);
    let state = &mut amendment.state;
    state.ring.reinstate(&view.kid, view.version)?;
    let (old, new) = (state.ring.active(), state.ring.get(&view.kid)?);
    let rotation = Rotation::between(id, old, new, Some(reason.to_owned()));
    state.rotation = Some(Rotation { started_at, ..rotation });
    Ok(())
}
