//! Who has access, and the note that somebody went through it.

use serde::Serialize;
use serde_json::json;

use super::api_tokens::{self, ApiTokenView};
use super::users::{self, UserView};
use super::{Keystile, OperationError, reason};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission};

/// Everybody and everything that has access now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessView {
    /// Every API token that is valid.
    pub api_tokens: Vec<ApiTokenView>,
    /// Every user who was not shut out.
    pub users: Vec<UserView>,
}

/// Every API token that is valid now, and every user who was not shut out.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<AccessView, OperationError> {
    actor.may(Permission::ReadAudit)?;
    let now = keystile.now();
    let valid = |it: &ApiTokenView| it.revoked_at.is_none() && it.expires_at.is_none_or(|at| now < at);
    Ok(AccessView {
        api_tokens: api_tokens::all(keystile).await?.into_iter().filter(valid).collect(),
        users: users::all(keystile).await?.into_iter().filter(|user| user.disabled_at.is_none()).collect(),
    })
}

/// Writes down that the actor has gone through who has access. The entry holds the list, so that it says what was seen.
pub async fn review(keystile: &Keystile, actor: &Actor, reason: &str) -> Result<AccessView, OperationError> {
    let reason = reason::required("reason", reason)?;
    let access = list(keystile, actor).await?;
    let tokens: Vec<_> = access
        .api_tokens
        .iter()
        .map(|it| json!({ "id": it.id, "label": it.label, "role": it.role, "last_used_at": it.last_used_at }))
        .collect();
    let users: Vec<_> = access
        .users
        .iter()
        .map(|it| json!({ "name": it.name, "role": it.role, "last_signed_in_at": it.last_signed_in_at, "passkeys": it.passkeys }))
        .collect();
    let record = Record::new(keystile.now(), actor, Action::AccessReviewed, "access").because(Some(&reason));
    let mut change = keystile.store.write().await?;
    change.record(record.changing(None, Some(json!({ "api_tokens": tokens, "users": users })))).await?;
    change.commit().await?;
    Ok(access)
}
