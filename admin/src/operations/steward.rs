//! The steward goes on with what was asked before: it needs nobody's presence, and takes no shortcut.

use std::convert::Infallible;
use std::time::Duration;

use serde_json::json;

use super::amendment::Amendment;
use super::rotation::Origin;
use super::{
    Keystile, OperationError, activate, alerts, approvals, audit_deletion, checkpoints, emergency_channel,
    filters, publication, retire, rotation, set_signer, store_watch,
};
use crate::audit::Action;
use crate::domain::{Actor, Confirmed, Emergency, IssuerId, Step};

/// How soon the server notices what another process committed.
const TICK: Duration = Duration::from_millis(300);
/// More steps than any issuer could need at once: a rule that never ends shows here instead of hanging.
const STEPS: u32 = 100;

/// Takes every step that is due now, each in a transaction of its own, and says how many.
///
/// Records confirmations, activates the keys of rotations, retires keys whose window has closed, signs key sets
/// again before they expire, starts the rotations that the calendar asks for, and puts revocations into filters.
pub async fn advance(keystile: &Keystile) -> Result<u32, OperationError> {
    let mut steps = 0;
    let issuers = keystile.store.read().await?.issuer_ids().await?;
    for issuer in issuers {
        while steps < STEPS && take_step(keystile, &issuer).await? {
            steps += 1;
        }
    }
    filters::fold_all(keystile).await?;
    approvals::end_what_is_over(keystile).await?;
    Ok(steps)
}

/// The server's background loop: advances and drains every 300 ms, and at once after an operation of this process.
///
/// Never returns; drop it to stop it. It leaves nothing half done, because every step is one transaction.
pub async fn run(keystile: &Keystile) -> Infallible {
    let mut last_error = None;
    if let Err(error) = publication::order_again(keystile).await {
        tracing::error!(%error, "the outbox could not be compared with the settings");
    }
    loop {
        let outcome = work(keystile).await;
        // The same error three times a second would hide everything else.
        if outcome.as_ref().err() != last_error.as_ref() {
            if let Err(error) = &outcome {
                tracing::error!(%error, code = error.code(), "the steward cannot go on");
            }
            last_error = outcome.err();
        }
        // Also where the work cannot go on: that is when somebody must be told.
        if let Err(error) = alerts::keep_up(keystile).await {
            tracing::warn!(%error, "the alerts could not be brought up to date");
        }
        tokio::select! {
            () = keystile.bell.notified() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// What is due, if anything can be signed. Without the master key nothing is published either.
async fn work(keystile: &Keystile) -> Result<(), OperationError> {
    keystile.unsealed().await?;
    go_round(keystile).await?;
    checkpoints::keep_up(keystile).await?;
    audit_deletion::keep_up(keystile).await?;
    Ok(())
}

/// One round, and whether anything was done in it. What a push brings about, such as a confirmation, is due in the next.
pub async fn go_round(keystile: &Keystile) -> Result<bool, OperationError> {
    let steps = advance(keystile).await?;
    let disturbed = store_watch::look(keystile).await?;
    // Neither way to the edge waits for the other.
    let (drained, brought) = tokio::join!(publication::drain(keystile), emergency_channel::bring(keystile));
    let drained = drained?;
    brought?;
    Ok(steps > 0 || disturbed > 0 || !drained.pushed.is_empty())
}

/// Takes the next step of an issuer, and says whether there was one.
async fn take_step(keystile: &Keystile, issuer: &IssuerId) -> Result<bool, OperationError> {
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    match state.next_step(keystile.now()) {
        None => return Ok(false),
        Some(Step::Rotate) => return rotate(keystile, issuer).await,
        Some(_) => {}
    }
    // Decided again under the lock: another process may have been faster.
    let mut amendment = keystile.amend(issuer).await?;
    let actor = Actor::steward();
    match amendment.state.next_step(amendment.now) {
        None | Some(Step::Rotate) => return Ok(false),
        Some(Step::NoteConfirmed { kid, proof }) => {
            note_confirmed(&mut amendment, &kid, &proof).await?;
            amendment.commit().await?;
            return Ok(true);
        }
        Some(Step::Activate { kid, clearance }) => {
            activate::apply(&mut amendment, &actor, &kid, &clearance).await?;
        }
        Some(Step::Destroy { kid }) => {
            destroy(&mut amendment, &kid).await?;
            amendment.commit().await?;
            return Ok(true);
        }
        Some(Step::Retire { kid }) => retire::apply(&mut amendment, &actor, &kid).await?,
        Some(Step::SignAgain) => {
            let signer = set_signer::view(&mut amendment.change, issuer, amendment.now).await?;
            if let Some(warning) = &signer.warning {
                tracing::warn!(%issuer, warning, "the key set is signed again");
            }
            let version = json!({ "version": amendment.next_version(), "warning": signer.warning });
            let action = Action::KeySetSignedAgain;
            amendment.record(&actor, action, issuer.as_str(), None, None, Some(version)).await?;
        }
    }
    amendment.publish().await?;
    Ok(true)
}

/// Notes that every edge has the key, and how long that took: the figure an incident report wants.
async fn note_confirmed(
    amendment: &mut Amendment<'_>,
    kid: &str,
    proof: &Confirmed,
) -> Result<(), OperationError> {
    let now = amendment.now;
    amendment.state.ring.note_confirmed(kid, proof, now)?;
    let facts = amendment.state.ring.get(kid)?.facts();
    let after = json!({
        "seconds_since_created": now.since(facts.created_at),
        "seconds_since_published": facts.published_at.map(|at| now.since(at)),
    });
    amendment.record(&Actor::steward(), Action::KeyConfirmed, kid, None, None, Some(after)).await?;
    end_emergency(amendment, kid, proof).await
}

/// The last region has the answer to the emergency that `kid` was made in, if it was.
async fn end_emergency(
    amendment: &mut Amendment<'_>,
    kid: &str,
    proof: &Confirmed,
) -> Result<(), OperationError> {
    let answered = |emergency: &&mut Emergency| emergency.new_kid == kid && emergency.confirmed_at.is_none();
    let Some(emergency) = amendment.state.emergency.as_mut().filter(answered) else { return Ok(()) };
    emergency.confirmed_at = Some(amendment.now);
    let after = json!({
        "version": emergency.version,
        "seconds_to_last_region": emergency.seconds_to_last_region(),
        "regions": proof.regions(),
    });
    let revoked = emergency.revoked_kid.clone();
    let action = Action::EmergencyConfirmed;
    amendment.record(&Actor::steward(), action, &revoked, None, None, Some(after)).await
}

async fn destroy(amendment: &mut Amendment<'_>, kid: &str) -> Result<(), OperationError> {
    amendment.state.ring.destroy(kid, amendment.now)?;
    amendment.record(&Actor::steward(), Action::PrivateHalfDestroyed, kid, None, None, None).await
}

async fn rotate(keystile: &Keystile, issuer: &IssuerId) -> Result<bool, OperationError> {
    let reason = Some("the rotation interval has passed".to_owned());
    match rotation::begin(keystile, &Actor::steward(), issuer, None, reason, Origin::Schedule).await {
        // Another process was faster.
        Ok(_) | Err(OperationError::RotationInProgress { .. }) => Ok(true),
        Err(error) => Err(error),
    }
}
