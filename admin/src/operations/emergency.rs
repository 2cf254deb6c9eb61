//! The active key may be known to others: one action replaces it, revokes it and logs everybody out.

use keystile_gateway::CHANNEL_BOUND_SECS;
use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;

use super::approvals::{self, Deed};
use super::{EmergencyStatus, Keystile, OperationError, present, reason};
use crate::audit::Action;
use crate::domain::{
    Actor, Emergency, IssuerId, IssuerState, Key, KeyFacts, KeySource, KeyState, Permission, Rotation, Scope,
    Timestamp,
};
use crate::signing::PrivateKey;
use crate::telemetry::SPANS;

/// Enough of a kid to show that it was read, and not so much that it must be pasted.
const CONFIRM_CHARS: usize = 8;

/// What an emergency is told.
#[derive(Debug, Clone)]
pub struct EmergencyOrder {
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

/// What an emergency would do. Every token issued before the epoch is refused, so everybody signs in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmergencyPlan {
    /// The key that would be thrown out.
    pub revoked_kid: String,
    /// The key of a rotation under way, which would be thrown out with it.
    pub cancelled_kid: Option<String>,
    /// Tokens issued before this instant (NumericDate) would be refused, if it happened now.
    pub epoch: u64,
    /// The version that would say so.
    pub version: u64,
    /// Whose holders would be logged out: every key that signed tokens which are believed now.
    pub logged_out: Vec<LoggedOutKey>,
    /// How many regions would be waited for.
    pub regions_reporting: usize,
    /// After so many seconds no edge that can read the store believes the old key, even if it does not report.
    pub arrival_bound_secs: u64,
    /// The same for edges that have the emergency channel, if this server brings key sets there.
    pub channel_bound_secs: Option<u64>,
    /// For so many seconds the server waits for edges that do not report, clocks that are set back included.
    pub propagation_bound_secs: u64,
}

/// A key whose tokens would be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LoggedOutKey {
    /// The key.
    pub kid: String,
    /// `active` or `retiring`.
    #[schema(value_type = String, example = "active")]
    pub state: &'static str,
    /// When a token of it was last seen at any edge.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen_at_edge: Option<Timestamp>,
    /// How many tokens of it were seen at all edges.
    pub seen_count: u64,
}

/// Replaces and revokes the active key in one transaction, and asks for the push at once.
///
/// The epoch of all tokens is raised too: whoever had the key may have obtained good tokens of other keys with it, so
/// everybody signs in again. A rotation that was under way is called off, and its key revoked with the old one, since
/// both were kept in the same place. The new key is fresh.
#[instrument(name = "emergency", target = SPANS, skip_all)]
pub async fn emergency(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: EmergencyOrder,
) -> Result<EmergencyView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::required("reason", &order.reason)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    check_confirmation(&state, &order.confirm)?;
    let private = keystile.generate(state.issuer.policy.key_size).await?;

    let mut amendment = keystile.amend(issuer).await?;
    check_confirmation(&amendment.state, &order.confirm)?;
    let confirm = amendment.state.ring.active().kid().to_owned();
    let deed = Deed::Emergency { issuer: issuer.to_string(), confirm, reason: reason.clone() };
    approvals::pass(&mut amendment.change, actor, &deed, amendment.now).await?;
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

/// The latest emergency, and how many regions have the answer to it; `None` if there never was one.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Option<EmergencyStatus>, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    Ok(state.emergency.as_ref().map(|emergency| present::emergency(&state, emergency)))
}

/// What an emergency would do now. Changes nothing, and needs no confirmation.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<EmergencyPlan, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let uses = snapshot.key_uses(issuer).await?;
    let signed = |key: &&&Key| !matches!(key.state(), KeyState::Pending);
    let logged_out = |key: &&Key| {
        let key_use = uses.get(key.kid()).cloned().unwrap_or_default();
        LoggedOutKey {
            kid: key.kid().to_owned(),
            state: key.state().as_str(),
            last_seen_at_edge: key_use.last_seen_at,
            seen_count: key_use.seen_count,
        }
    };
    Ok(EmergencyPlan {
        revoked_kid: state.ring.active().kid().to_owned(),
        cancelled_kid: state.pending_rotation().map(|rotation| rotation.new_kid.clone()),
        epoch: keystile.now().as_secs(),
        version: state.current.version.saturating_add(1),
        logged_out: state.ring.published().iter().filter(signed).map(logged_out).collect(),
        regions_reporting: state.regions.iter().filter(|region| !region.stale).count(),
        arrival_bound_secs: state.issuer.policy.arrival_bound_secs(),
        channel_bound_secs: keystile.emergency_channel.as_ref().map(|_| CHANNEL_BOUND_SECS),
        propagation_bound_secs: state.issuer.policy.propagation_bound_secs(),
    })
}

pub(super) fn check_confirmation(state: &IssuerState, confirm: &str) -> Result<(), OperationError> {
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
    state.epochs.raise(Scope::All, now);
    state.emergency = Some(Emergency {
        version,
        revoked_kid: revoked_kid.clone(),
        new_kid: new_kid.clone(),
        declared_at: now,
        confirmed_at: None,
    });
    Ok(EmergencyView { new_kid, revoked_kid, version, epoch: now.as_secs() })
}
