//! Who has access, and the note that somebody went through it.

use serde_json::json;

use super::api_tokens::{self, ApiTokenView};
use super::{Keystile, OperationError, reason};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission};

/// Every API token that is valid now.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<ApiTokenView>, OperationError> {
    actor.may(Permission::ReadAudit)?;
    let now = keystile.now();
    let valid = |it: &ApiTokenView| it.revoked_at.is_none() && it.expires_at.is_none_or(|at| now < at);
    Ok(api_tokens::all(keystile).await?.into_iter().filter(valid).collect())
}

/// Writes down that the actor has gone through who has access. The entry holds the list, so that it says what was seen.
pub async fn review(
    keystile: &Keystile,
    actor: &Actor,
    reason: &str,
) -> Result<Vec<ApiTokenView>, OperationError> {
    let reason = reason::required("reason", reason)?;
    let valid = list(keystile, actor).await?;
    let seen: Vec<_> = valid
        .iter()
        .map(|it| json!({ "id": it.id, "label": it.label, "role": it.role, "last_used_at": it.last_used_at }))
        .collect();
    let record = Record::new(keystile.now(), actor, Action::AccessReviewed, "access").because(Some(&reason));
    let mut change = keystile.store.write().await?;
    change.record(record.changing(None, Some(json!({ "api_tokens": seen })))).await?;
    change.commit().await?;
    Ok(valid)
}
