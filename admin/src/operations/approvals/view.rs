//! A request, as it is shown to people.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Deed;
use crate::domain::{Actor, ApprovalState, Ending, Timestamp, Verdict};
use crate::operations::rollback::{RollbackOrder, rollback};
use crate::operations::{Keystile, OperationError, emergency};
use crate::store::StoredApproval;

/// A request to do what takes two people.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ApprovalView {
    /// Its id: the deed is done with it.
    pub id: String,
    /// `waiting`, `approved`, `refused`, `glass_broken`, `used` or `expired`.
    #[schema(value_type = String, example = "waiting")]
    pub state: &'static str,
    /// What is to be done, with all its parameters.
    pub deed: Deed,
    /// SHA-256 of the deed, in hex: it is what the audit log names.
    pub digest: String,
    /// Who asked: `token:ID`, `user:NAME` or `local:USER`.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// From when on nobody can go on with it.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Who approved or refused it, or went on alone.
    pub answered_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
    /// Why.
    pub answer_reason: Option<String>,
    /// Whether whoever asked went on alone.
    pub glass_broken: bool,
    /// When the deed was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<Timestamp>,
    /// Who has looked at it afterwards, where the glass was broken.
    pub reviewed_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reviewed_at: Option<Timestamp>,
    /// What they found.
    pub finding: Option<String>,
    /// What the deed would do now, where that can be said without doing it: the plan of an emergency, the dry run of a
    /// rollback. Only where one request is read, and is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub plan: Option<Value>,
}

impl ApprovalView {
    /// Whether somebody may still answer it or go on with it.
    pub(super) fn is_open(&self) -> bool {
        let open = [ApprovalState::Waiting, ApprovalState::Approved, ApprovalState::GlassBroken];
        open.iter().any(|state| state.as_str() == self.state)
    }
}

pub(super) fn of(stored: StoredApproval, now: Timestamp) -> Result<ApprovalView, OperationError> {
    let deed = deed(&stored)?;
    let StoredApproval { approval, review, .. } = stored;
    let state = approval.state(now).as_str();
    let answer = approval.answer;
    let used_at = match approval.ending {
        Some(Ending::Used(at)) => Some(at),
        _ => None,
    };
    Ok(ApprovalView {
        id: approval.id,
        state,
        deed,
        digest: approval.digest,
        asked_by: approval.asked_by.to_string(),
        asked_at: approval.asked_at,
        expires_at: approval.expires_at,
        answered_by: answer.as_ref().map(|answer| answer.by.to_string()),
        answered_at: answer.as_ref().map(|answer| answer.at),
        glass_broken: answer.as_ref().is_some_and(|answer| answer.verdict == Verdict::GlassBroken),
        answer_reason: answer.and_then(|answer| answer.reason),
        used_at,
        reviewed_by: review.as_ref().map(|review| review.by.clone()),
        reviewed_at: review.as_ref().map(|review| review.at),
        finding: review.map(|review| review.finding),
        plan: None,
    })
}

/// What was asked for.
pub(super) fn deed(stored: &StoredApproval) -> Result<Deed, OperationError> {
    let unreadable = |error: serde_json::Error| OperationError::StoreFailed { detail: error.to_string() };
    serde_json::from_str(&stored.deed).map_err(unreadable)
}

/// What the deed would do now.
pub(super) async fn plan(
    keystile: &Keystile,
    actor: &Actor,
    deed: &Deed,
) -> Result<Option<Value>, OperationError> {
    Ok(match deed {
        Deed::Emergency { issuer, .. } => {
            let Ok(issuer) = issuer.parse() else { return Ok(None) };
            serde_json::to_value(emergency::rehearse(keystile, actor, &issuer).await?).ok()
        }
        Deed::Rollback { issuer, reason, override_reason, .. } => {
            let Ok(issuer) = issuer.parse() else { return Ok(None) };
            let order = RollbackOrder {
                reason: reason.clone(),
                override_reason: override_reason.clone(),
                dry_run: true,
            };
            // What cannot be done any more has no plan, and whoever may not do it sees none.
            rollback(keystile, actor, &issuer, order).await.ok().and_then(|it| serde_json::to_value(it).ok())
        }
        _ => None,
    })
}
