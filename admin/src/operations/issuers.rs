//! Issuers and their policies.

use serde::Serialize;
use tracing::instrument;
use utoipa::ToSchema;

use super::amendment::Amendment;
use super::approvals::{self, Deed};
use super::{IssuerView, Keystile, OperationError, Precondition, SetSignerKind, present, reason, set_signer};
use crate::audit::Action;
use crate::domain::{Actor, Issuer, IssuerId, Permission, Policy, Propagation, Timestamp};
use crate::settings::IssuerChange;
use crate::telemetry::SPANS;

/// Every issuer.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<IssuerView>, OperationError> {
    actor.may(Permission::Read)?;
    let mut snapshot = keystile.store.read().await?;
    let mut issuers = Vec::new();
    for id in snapshot.issuer_ids().await? {
        issuers.extend(snapshot.issuer(&id).await?.as_ref().map(present::issuer));
    }
    Ok(issuers)
}

/// One issuer.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<IssuerView, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let found = keystile.store.read().await?.issuer(issuer).await?;
    found
        .as_ref()
        .map(present::issuer)
        .ok_or_else(|| OperationError::IssuerNotFound { issuer: issuer.to_string() })
}

/// What a change of settings is told.
#[derive(Debug, Clone, Default)]
pub struct ChangeOrder {
    /// Why, for the audit log.
    pub reason: Option<String>,
    /// Whether to say only what would happen.
    pub dry_run: bool,
    /// The state from which the change starts. Without one only a dry run is granted: two people would undo each other's
    /// work.
    pub precondition: Option<Precondition>,
}

impl ChangeOrder {
    fn judge(&self, issuer: &Issuer) -> Result<(), OperationError> {
        match &self.precondition {
            Some(precondition) => precondition.holds_for(&present::issuer(issuer)),
            None if self.dry_run => Ok(()),
            None => Err(OperationError::PreconditionRequired),
        }
    }
}

/// What a change of settings did, or would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ChangeView {
    /// The issuer before.
    pub before: IssuerView,
    /// The issuer after.
    pub after: IssuerView,
    /// When the schedule started the next rotation before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_rotation_before: Option<Timestamp>,
    /// When it starts it after.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_rotation_after: Option<Timestamp>,
    /// Whether nothing was done.
    pub dry_run: bool,
}

/// Changes settings of an issuer, as the environment names them.
#[instrument(name = "issuers.change", target = SPANS, skip_all)]
pub async fn change(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    change: IssuerChange,
) -> Result<IssuerView, OperationError> {
    let order = ChangeOrder { precondition: Some(Precondition::Exists), ..ChangeOrder::default() };
    Ok(amend(keystile, actor, issuer, change, order).await?.after)
}

/// Changes settings of an issuer; what is `None` stays. A change that changes nothing leaves no trace.
pub async fn amend(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    change: IssuerChange,
    order: ChangeOrder,
) -> Result<ChangeView, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let reason = reason::optional("reason", order.reason.as_deref())?;
    let mut amendment = keystile.amend(issuer).await?;
    let now = amendment.now;
    let next_rotation_before = amendment.state.next_rotation_at(now);
    let before = amendment.state.issuer.clone();
    let after = changed(before.clone(), change)?;
    order.judge(&before)?;
    if after.iss != before.iss && set_signer_is_delegated(&mut amendment).await? {
        let detail =
            format!("a root that is offline delegates for `{}` alone, so it cannot be changed", before.iss);
        return Err(OperationError::InvalidInput { field: "iss", detail });
    }
    // Backends may sign longer tokens from now on, and nobody tells us when they stop.
    amendment.state.ring.note_token_lifetime(after.policy.longest_token_lifetime_secs());
    amendment.state.issuer = after.clone();
    let view = ChangeView {
        before: present::issuer(&before),
        after: present::issuer(&after),
        next_rotation_before,
        next_rotation_after: amendment.state.next_rotation_at(now),
        dry_run: order.dry_run,
    };
    if order.dry_run || after == before {
        return Ok(view);
    }
    if before.policy.approval_required && !after.policy.approval_required {
        let deed = Deed::EndApproval { issuer: issuer.to_string() };
        approvals::pass(&mut amendment.change, actor, &deed, now).await?;
    }
    let [was, is] = [&view.before, &view.after].map(|issuer| serde_json::to_value(issuer).ok());
    amendment.record(actor, Action::IssuerChanged, issuer.as_str(), reason.as_deref(), was, is).await?;
    amendment.publish().await?;
    Ok(view)
}

async fn set_signer_is_delegated(amendment: &mut Amendment<'_>) -> Result<bool, OperationError> {
    let (issuer, now) = (amendment.state.issuer.id.clone(), amendment.now);
    let signer = set_signer::view(&mut amendment.change, &issuer, now).await?;
    Ok(signer.kind == SetSignerKind::Delegation)
}

/// The issuer after the change, if it can work.
pub(super) fn changed(issuer: Issuer, change: IssuerChange) -> Result<Issuer, OperationError> {
    let old = issuer.policy;
    let parts = old.propagation;
    let issuer = Issuer {
        id: issuer.id,
        iss: change.iss.unwrap_or(issuer.iss),
        audience: change.audience.unwrap_or(issuer.audience),
        policy: Policy {
            key_size: change.key_size.unwrap_or(old.key_size),
            access_token_expiry_secs: change.access_token_expiry_secs.unwrap_or(old.access_token_expiry_secs),
            refresh_token_expiry_secs: change
                .refresh_token_expiry_secs
                .unwrap_or(old.refresh_token_expiry_secs),
            leeway_secs: change.leeway_secs.unwrap_or(old.leeway_secs),
            propagation: Propagation {
                kv_bound_secs: change.kv_bound_secs.unwrap_or(parts.kv_bound_secs),
                cache_ttl_secs: change.cache_ttl_secs.unwrap_or(parts.cache_ttl_secs),
                refresh_secs: change.refresh_secs.unwrap_or(parts.refresh_secs),
                report_window_secs: change.report_window_secs.unwrap_or(parts.report_window_secs),
                readers_secs: change.readers_secs.unwrap_or(parts.readers_secs),
            },
            rotation_interval_days: change.rotation_interval_days.unwrap_or(old.rotation_interval_days),
            rotation_window: change.rotation_window.unwrap_or(old.rotation_window),
            retired_key_sealed_days: change.retired_key_sealed_days.unwrap_or(old.retired_key_sealed_days),
            key_set_lifetime_secs: change.key_set_lifetime_secs.unwrap_or(old.key_set_lifetime_secs),
            approval_required: change.approval_required.unwrap_or(old.approval_required),
        },
    };
    if issuer.iss.trim().is_empty() {
        let detail = "the `iss` of an issuer cannot be empty: use the URL that verifiers expect".to_owned();
        return Err(OperationError::InvalidInput { field: "iss", detail });
    }
    issuer.policy.check()?;
    Ok(issuer)
}
