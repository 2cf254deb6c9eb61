//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::SecretText;

/// An API token to sign in with, or a name and a password.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum SignIn {
    /// An API token.
    Token(WithToken),
    /// A user.
    User(WithPassword),
}

/// An API token to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WithToken {
    /// `ks_…`
    pub(super) token: String,
}

/// A user to sign in as.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WithPassword {
    /// Their name.
    pub(super) name: String,
    /// Their password.
    #[schema(value_type = String)]
    pub(super) password: SecretText,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct WhoAmI {
    /// What they may do.
    #[schema(example = "operator")]
    pub(super) role: &'static str,
    /// Who they are, whatever they are called: `token:ID`.
    #[schema(example = "token:a1b2c3d4")]
    pub(super) principal: String,
    /// What to call them.
    pub(super) label: String,
}
