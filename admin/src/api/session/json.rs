//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An API token to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SignIn {
    /// `ks_…`
    pub(super) token: String,
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
