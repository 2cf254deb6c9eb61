//! API tokens: `ks_<8 characters>_<43 characters>`, of which only a hash is kept.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::domain::{Actor, Role, SecretText, Timestamp};

/// A token that was just made. The secret is not kept, so it is shown this once.
pub struct NewApiToken {
    /// What the caller presents as a bearer.
    pub secret: SecretText,
    /// Everything else about it.
    pub view: ApiTokenView,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiTokenView {
    /// The eight characters that identify it.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// What it may do.
    #[schema(value_type = String, example = "operator")]
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// Makes a token.
pub async fn create(
    keystile: &Keystile,
    actor: &Actor,
    label: &str,
    role: Role,
    expires_in_secs: Option<u64>,
) -> Result<NewApiToken, OperationError> {
    let _ = (keystile, actor, label, role, expires_in_secs);
    Err(super::unwritten())
}

/// Every token, revoked and expired ones included.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<ApiTokenView>, OperationError> {
    let _ = (keystile, actor);
    Err(super::unwritten())
}

/// Revokes a token, and ends the sessions that were opened with it.
pub async fn revoke(keystile: &Keystile, actor: &Actor, id: &str) -> Result<ApiTokenView, OperationError> {
    let _ = (keystile, actor, id);
    Err(super::unwritten())
}

/// Who presents this secret. Every failure is the same `unauthenticated`.
pub async fn authenticate(keystile: &Keystile, secret: &str) -> Result<Actor, OperationError> {
    let _ = (keystile, secret);
    Err(super::unwritten())
}
