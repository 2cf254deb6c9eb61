//! Rotation: a new key is made, published, confirmed and activated, and the old one retired, without a human.

use serde_json::json;
use tracing::instrument;

use super::{Keystile, OperationError, RotationPlan, RotationView, present, random, reason};
use crate::audit::Action;
use crate::domain::{
    Actor, IssuerId, IssuerState, Key, KeyFacts, KeySize, KeySource, Permission, Rotation, TransitionError,
};
use crate::telemetry::SPANS;

/// Starts a rotation. The steward goes on with it.
///
/// Refused with `rotation_in_progress` until the one before has activated its key.
#[instrument(name = "rotation.start", target = SPANS, skip_all)]
pub async fn start(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    size: Option<KeySize>,
    reason: Option<String>,
) -> Result<RotationView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::optional("reason", reason.as_deref())?;
    begin(keystile, actor, issuer, size, reason, Origin::Person).await
}

/// What starting a rotation now would do. Changes nothing, and makes no key.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    size: Option<KeySize>,
) -> Result<RotationPlan, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let mut amendment = keystile.amend(issuer).await?;
    refuse_second(&amendment.state)?;
    amendment.sign().await?;
    let state = &amendment.state;
    let (policy, old) = (&state.issuer.policy, state.ring.active());
    let reporting = state.regions.iter().filter(|region| !region.stale);
    let waits_for_regions: Vec<_> = reporting.map(|region| region.name.clone()).collect();
    // Where nobody reports, the bound stands in for the reports.
    let unreported_secs = if waits_for_regions.is_empty() { policy.propagation_bound_secs() } else { 0 };
    Ok(RotationPlan {
        old_kid: old.kid().to_owned(),
        bits: size.unwrap_or(policy.key_size).bits(),
        version: state.current.version,
        waits_for_regions,
        waits_for_targets: state.hand_offs.iter().map(|target| target.target.clone()).collect(),
        signs_after_secs: policy.chase_pause_secs().max(unreported_secs),
        old_key_stays_secs: old.stays_secs(policy),
    })
}

/// Who wants a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Person,
    /// Its activation then keeps to the window of the schedule.
    Schedule,
}

/// The start itself, for whoever may.
pub(super) async fn begin(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    size: Option<KeySize>,
    reason: Option<String>,
    origin: Origin,
) -> Result<RotationView, OperationError> {
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    refuse_second(&state)?;
    let private = keystile.generate(size.unwrap_or(state.issuer.policy.key_size)).await?;

    let mut amendment = keystile.amend(issuer).await?;
    refuse_second(&amendment.state)?;
    let (now, version) = (amendment.now, amendment.next_version());
    let new = Key::pending(KeyFacts::new(private.public().clone(), KeySource::Generated, now, version));
    let old = amendment.state.ring.active();
    let rotation = Rotation {
        scheduled: origin == Origin::Schedule,
        ..Rotation::between(random::text::<12>()?, old, &new, reason)
    };
    amendment.state.ring.add(new)?;
    amendment.keep_private_half(&private).await?;
    let after = json!({ "id": rotation.id, "old_kid": rotation.old_kid, "version": version });
    let (kid, because) = (rotation.new_kid.clone(), rotation.reason.clone());
    amendment.state.rotation = Some(rotation);
    amendment.record(actor, Action::RotationStarted, &kid, because.as_deref(), None, Some(after)).await?;
    view(&amendment.publish().await?)
}

/// The latest rotation, finished or not; `None` if there never was one.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Option<RotationView>, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    Ok(state.rotation.as_ref().map(|rotation| present::rotation(&state, rotation)))
}

/// Calls off the rotation whose key does not sign yet. The key is revoked: it never signed anything.
///
/// Refused with `with_backends` once a backend may have read the key.
#[instrument(name = "rotation.cancel", target = SPANS, skip_all)]
pub async fn cancel(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<RotationView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let mut amendment = keystile.amend(issuer).await?;
    let rotation = amendment.state.pending_rotation().cloned().ok_or(OperationError::RotationNotFound)?;
    let kid = rotation.new_kid.clone();
    refuse_with_backends(&amendment.state, &kid)?;
    amendment.state.ring.revoke(&kid, "the rotation was cancelled".to_owned(), amendment.now)?;
    amendment.state.rotation = Some(Rotation { cancelled_at: Some(amendment.now), ..rotation });
    amendment.record_key(actor, Action::RotationCancelled, &kid, None).await?;
    view(&amendment.publish().await?)
}

/// Holds the rotation up before its key signs. Everything else goes on: the key is pushed, and edges confirm it.
///
/// Does nothing where it is paused already.
#[instrument(name = "rotation.pause", target = SPANS, skip_all)]
pub async fn pause(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    reason: Option<String>,
) -> Result<RotationView, OperationError> {
    hold(keystile, actor, issuer, reason, true).await
}

/// Lets a paused rotation go on. Does nothing where it is not paused.
#[instrument(name = "rotation.resume", target = SPANS, skip_all)]
pub async fn resume(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    reason: Option<String>,
) -> Result<RotationView, OperationError> {
    hold(keystile, actor, issuer, reason, false).await
}

async fn hold(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    reason: Option<String>,
    held: bool,
) -> Result<RotationView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::optional("reason", reason.as_deref())?;
    let mut amendment = keystile.amend(issuer).await?;
    let rotation = amendment.state.pending_rotation().cloned().ok_or(OperationError::RotationNotFound)?;
    if rotation.paused_at.is_some() == held {
        return Ok(present::rotation(&amendment.state, &rotation));
    }
    let kid = rotation.new_kid.clone();
    let action = if held { Action::RotationPaused } else { Action::RotationResumed };
    amendment.state.rotation = Some(Rotation { paused_at: held.then_some(amendment.now), ..rotation });
    amendment.record(actor, action, &kid, reason.as_deref(), None, None).await?;
    view(&amendment.commit().await?)
}

/// A key that a backend may sign with is not thrown out as if nobody had seen it.
pub(super) fn refuse_with_backends(state: &IssuerState, kid: &str) -> Result<(), TransitionError> {
    if state.may_be_with_backends(kid) {
        return Err(TransitionError::WithBackends { kid: kid.to_owned() });
    }
    Ok(())
}

fn refuse_second(state: &IssuerState) -> Result<(), OperationError> {
    match state.pending_rotation() {
        Some(rotation) => Err(OperationError::RotationInProgress { new_kid: rotation.new_kid.clone() }),
        None => Ok(()),
    }
}

fn view(state: &IssuerState) -> Result<RotationView, OperationError> {
    let rotation = state.rotation.as_ref().ok_or(OperationError::RotationNotFound)?;
    Ok(present::rotation(state, rotation))
}
