//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{CalendarWindow, KeySize};
use crate::operations::{IssuerView, OperationError};
use crate::settings::IssuerChange;

/// Every issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct IssuerList {
    /// In the order of their ids.
    pub(super) issuers: Vec<IssuerView>,
}

/// Settings to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedSettings {
    /// The size of new keys: 2048, 3072 or 4096.
    #[schema(minimum = 2048, maximum = 4096, multiple_of = 1024)]
    key_bits: Option<u32>,
    /// How long an access token lives.
    #[schema(minimum = 1, maximum = 315_360_000)]
    access_token_expiry_secs: Option<u64>,
    /// How long a refresh token lives.
    #[schema(minimum = 1, maximum = 315_360_000)]
    refresh_token_expiry_secs: Option<u64>,
    /// Clock skew that verifiers allow.
    #[schema(maximum = 86_400)]
    leeway_secs: Option<u64>,
    /// A region that reported within so many seconds must confirm.
    #[schema(maximum = 86_400)]
    report_window_secs: Option<u64>,
    /// For how long verifiers of other makes keep a plain key set.
    #[schema(maximum = 2_592_000)]
    readers_secs: Option<u64>,
    /// Days between scheduled rotations; 0 for never.
    #[schema(maximum = 3_650)]
    rotation_interval_days: Option<u32>,
    /// The hours of the week in which they happen, such as `Mon-Thu 09:00-16:00 UTC`, or `always`.
    rotation_window: Option<String>,
    /// Days for which the private half of a retired key is kept for a rollback.
    #[schema(maximum = 3_650)]
    retired_key_sealed_days: Option<u32>,
    /// How long a signed key set may be used.
    #[schema(minimum = 1, maximum = 31_622_400)]
    key_set_lifetime_secs: Option<u64>,
    /// Whether an emergency, a rollback, what is done to roots and where private keys go takes two people. Two decide that one
    /// is enough.
    approval_required: Option<bool>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(super) reason: Option<String>,
    /// Whether to say only what would change.
    #[serde(default)]
    pub(super) dry_run: bool,
}

impl WantedSettings {
    /// How fast the edge's store and cache are is decided where the edge is deployed, and not here.
    pub(super) fn change(self) -> Result<IssuerChange, OperationError> {
        let refused = |field, detail: String| OperationError::InvalidInput { field, detail };
        let size =
            |bits: u32| KeySize::try_from(bits).map_err(|error| refused("key_bits", error.to_string()));
        let window = |text: String| {
            let window = text.parse::<CalendarWindow>();
            window.map_err(|error| refused("rotation_window", error.to_string()))
        };
        Ok(IssuerChange {
            key_size: self.key_bits.map(size).transpose()?,
            access_token_expiry_secs: self.access_token_expiry_secs,
            refresh_token_expiry_secs: self.refresh_token_expiry_secs,
            leeway_secs: self.leeway_secs,
            report_window_secs: self.report_window_secs,
            readers_secs: self.readers_secs,
            rotation_interval_days: self.rotation_interval_days,
            rotation_window: self.rotation_window.map(window).transpose()?,
            retired_key_sealed_days: self.retired_key_sealed_days,
            key_set_lifetime_secs: self.key_set_lifetime_secs,
            approval_required: self.approval_required,
            ..IssuerChange::default()
        })
    }
}
