//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::problem::Refusal;
use crate::domain::{Role, UserName};
use crate::operations::users::{Invited, UserView};

/// A person to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedUser {
    /// What they sign in by. It is never given to somebody else.
    #[schema(pattern = "^[a-z][a-z0-9._-]{0,31}$")]
    pub(super) name: String,
    /// `viewer`, `operator`, `admin` or `auditor`.
    #[schema(pattern = "^(viewer|operator|admin|auditor)$")]
    pub(super) role: String,
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRole {
    /// `viewer`, `operator`, `admin` or `auditor`.
    #[schema(pattern = "^(viewer|operator|admin|auditor)$")]
    pub(super) role: String,
}

/// A person who may choose a password.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct InvitedUser {
    /// What sets the password, once and within three days. It is not kept, so this is the only time it is shown.
    invitation: String,
    /// Everything else about them.
    #[serde(flatten)]
    view: UserView,
}

impl From<Invited> for InvitedUser {
    fn from(invited: Invited) -> Self {
        Self { invitation: invited.invitation.reveal().to_owned(), view: invited.view }
    }
}

/// Everybody.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct UserList {
    /// Those who were shut out included, in the order of their names.
    pub(super) users: Vec<UserView>,
}

pub(super) fn role(name: &str) -> Result<Role, Refusal> {
    name.parse::<Role>().map_err(|unknown| Refusal::invalid_input(unknown.to_string()))
}

pub(super) fn name(name: &str) -> Result<UserName, Refusal> {
    name.parse::<UserName>().map_err(|invalid| Refusal::invalid_input(format!("name: {invalid}")))
}
