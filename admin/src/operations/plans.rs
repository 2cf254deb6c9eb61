//! What a step would do, for dry runs. A step is made on an amendment that is given up: so it is refused for the very reasons
//! for which the step itself would be.

use serde::Serialize;
use utoipa::ToSchema;

use super::KeyView;

/// What a step in the life of a key would do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeyPlan {
    /// The key as the step would leave it.
    pub key: KeyView,
    /// The key that would sign then.
    pub active_kid: String,
    /// The version that would say so; the current one where nothing would change.
    pub version: u64,
    /// How many regions report.
    pub regions_reporting: usize,
    /// Those of them that do not have this key now: until they do, they refuse its tokens.
    pub regions_without_key: Vec<String>,
    /// After so many seconds every edge that can read the store knows of it, even if it does not report.
    pub arrival_bound_secs: u64,
    /// The same for edges that have the emergency channel, if this server brings key sets there.
    pub channel_bound_secs: Option<u64>,
}

/// What a rotation would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RotationPlan {
    /// The key that signs now. Its tokens stay good.
    pub old_kid: String,
    /// The size of the new key.
    pub bits: u32,
    /// The version that would bring the new key.
    pub version: u64,
    /// The regions that report: each must confirm the new key before it signs.
    pub waits_for_regions: Vec<String>,
    /// The targets of the hand-off that must have the new key before it signs.
    pub waits_for_targets: Vec<String>,
    /// The new key signs no sooner than so many seconds after it was published.
    pub signs_after_secs: u64,
    /// The old key stays for so many seconds after the new one has begun to sign.
    pub old_key_stays_secs: u64,
}
