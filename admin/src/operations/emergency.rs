//! The active key may be known to others: one action replaces it, revokes it and logs everybody out.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::keystile::generate;
use super::{Keystile, OperationError, reason};
use crate::audit::Action;
use crate::domain::{
    Actor, IssuerId, IssuerState, Key, KeyFacts, KeySource, Permission, Rotation, Timestamp,
};
use crate::signing::PrivateKey;

/// Enough of a kid to show that it was read, and not so much that it must be pasted.
const CONFIRM_CHARS: usize = 8;

/// What an emergency is told.
#[derive(Debug, Clone)]
pub struct Emergency {
    /// Why, for the audit log.
    pub reason: String,
    /// The first 8 characters of the active key's kid.
    pub confirm: String,
}

/// What an emergency did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmergencyView {
    /// The key that signs now.
    pub new_kid: String,
    /// The key whose tokens are refused now.
    pub revoked_kid: String,
    /// The version that says so.
    pub version: u64,
    /// Tokens issued before this instant (NumericDate) are refused, whichever key signed them.
    pub epoch: u64,
}

/// Replaces and revokes the active key in one transaction, and asks for the push at once.
///
/// The epoch of all tokens is raised too: whoever had the key may have obtained good tokens of other keys with it, so
/// everybody signs in again. A rotation that was under way is called off, and its key revoked with the old one, since
/// both were kept in the same place. The new key is fresh.
pub async fn emergency(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    emergency: Emergency,
) -> Result<EmergencyView, OperationError> {
    actor.may(Permission::Operate)?;
    let reason = reason::required("reason", &emergency.reason)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    check_confirmation(&state, &emergency.confirm)?;
    let private = generate(state.issuer.policy.key_size).await?;

    let mut amendment = keystile.amend(issuer).await?;
    check_confirmation(&amendment.state, &emergency.confirm)?;
    amendment.keep_private_half(&private).await?;
    let version = amendment.next_version();
    let view = replace(&mut amendment.state, &private, &reason, amendment.now, version)?;
    let before = Some(json!({ "active_kid": view.revoked_kid }));
    let after = serde_json::to_value(&view).ok();
    let action = Action::EmergencyDeclared;
    amendment.record(actor, action, &view.revoked_kid, Some(&reason), before, after).await?;
    amendment.publish().await?;
    Ok(view)
}

fn check_confirmation(state: &IssuerState, confirm: &str) -> Result<(), OperationError> {
    let confirmed = confirm.len() >= CONFIRM_CHARS && state.ring.active().kid().starts_with(confirm);
    if confirmed { Ok(()) } else { Err(OperationError::ConfirmationMismatch) }
}

fn replace(
    state: &mut IssuerState,
    private: &PrivateKey,
    reason: &str,
    now: Timestamp,
    version: u64,
) -> Result<EmergencyView, OperationError> {
    let policy = &state.issuer.policy;
    let revoked_kid = state.ring.active().kid().to_owned();
    let facts = KeyFacts::new(private.public().clone(), KeySource::Generated, now, version);
    let successor = Key::pending(facts);
    let new_kid = successor.kid().to_owned();
    let overtaken = state.pending_rotation().map(|rotation| rotation.new_kid.clone());
    if let Some(kid) = overtaken {
        state.ring.revoke(&kid, reason.to_owned(), now)?;
        state.rotation =
            state.rotation.take().map(|rotation| Rotation { cancelled_at: Some(now), ..rotation });
    }
    state.ring.replace_in_emergency(successor, reason.to_owned(), policy, now)?;
    state.epochs.raise_all(now);
    Ok(EmergencyView { new_kid, revoked_kid, version, epoch: now.as_secs() })
}
