//! Users, as they are shown to others.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{ProviderIdentity, Role, Timestamp, UserName};
use crate::store::StoredUser;

/// A person, as they are shown to others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserView {
    /// What they sign in by.
    #[schema(value_type = String, example = "ada")]
    pub name: UserName,
    /// What they may do.
    #[schema(value_type = String, example = "operator")]
    pub role: Role,
    /// When they were made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When they were shut out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// When their password was set; null before the first.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub password_set_at: Option<Timestamp>,
    /// Until when an invitation waits for them.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub invited_until: Option<Timestamp>,
    /// Who they are at the identity provider, for one who signs in there; they have no password here.
    pub provider: Option<ProviderUser>,
    /// When they signed in last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_signed_in_at: Option<Timestamp>,
    /// How many passkeys they have; without one, their password alone lets them in.
    pub passkeys: u64,
}

/// Somebody at an identity provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProviderUser {
    /// Who vouches for them: `iss`.
    pub issuer: String,
    /// What they are there: `sub`.
    pub subject: String,
}

pub(super) fn view(stored: &StoredUser, now: Timestamp) -> UserView {
    let StoredUser { user, invitation, .. } = stored;
    UserView {
        name: user.name.clone(),
        role: user.role,
        created_at: user.created_at,
        disabled_at: user.disabled_at,
        password_set_at: user.password_set_at.filter(|_| stored.password_hash.is_some()),
        invited_until: invitation.as_ref().map(|it| it.ends_at).filter(|at| now < *at),
        provider: user.provider.as_ref().map(|ProviderIdentity { issuer, subject }| ProviderUser {
            issuer: issuer.clone(),
            subject: subject.clone(),
        }),
        last_signed_in_at: user.last_signed_in_at,
        passkeys: stored.passkeys,
    }
}
