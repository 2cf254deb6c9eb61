//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{MintingRules, Scopes};
use crate::operations::api_tokens::{ApiTokenView, NewApiToken};

/// An API token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedApiToken {
    /// What it is for.
    pub(super) label: String,
    /// `viewer`, `operator`, `admin`, `signer`, `edge` or `auditor`.
    #[schema(pattern = "^(viewer|operator|admin|signer|edge|auditor)$")]
    pub(super) role: String,
    /// After how long it ends by itself.
    #[schema(minimum = 1, maximum = 315_360_000)]
    pub(super) expires_in_secs: Option<u64>,
    /// What its holder may have signed: `max_lifetime_secs`, `allowed_audiences`, `allowed_claims`, `forced_claims`.
    #[schema(value_type = Option<Object>)]
    pub(super) minting: Option<MintingRules>,
    /// What it is narrowed to inside its role: `issuers` (ids), and `permissions` of `read`, `operate`, `mint-tokens`,
    /// `report`, `read-audit`, `administer`.
    #[serde(default)]
    pub(super) scopes: Scopes,
}

/// An API token that was just made.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct CreatedApiToken {
    /// The secret. It is not kept, so this is the only time it is shown.
    token: String,
    /// Everything else about it.
    #[serde(flatten)]
    view: ApiTokenView,
}

impl From<NewApiToken> for CreatedApiToken {
    fn from(new: NewApiToken) -> Self {
        Self { token: new.secret.reveal().to_owned(), view: new.view }
    }
}

/// Every API token.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ApiTokenList {
    /// Revoked and expired ones included.
    pub(super) api_tokens: Vec<ApiTokenView>,
}
