use serde::Serialize;
use utoipa::ToSchema;

/// The numbers from which every window is computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PolicyView {
    /// The size of a new key.
    pub key_bits: u32,
    /// How long an access token lives.
    pub access_token_expiry_secs: u64,
    /// How long a refresh token lives.
    pub refresh_token_expiry_secs: u64,
    /// Clock skew that verifiers allow.
    pub leeway_secs: u64,
    /// The store's part of the propagation bound.
    pub kv_bound_secs: u64,
    /// The cache's part of the propagation bound.
    pub cache_ttl_secs: u64,
    /// For how long verifiers of other makes keep a plain key set; no new key signs sooner after it was published.
    pub readers_secs: u64,
    /// How often a reader looks again; it never judges with a set older than twice that.
    pub refresh_secs: u64,
    /// After so many seconds every edge that can read the store judges by what was pushed.
    pub arrival_bound_secs: u64,
    /// The whole propagation bound: that, and clocks that are set back meanwhile.
    pub propagation_bound_secs: u64,
    /// A region that reported within so many seconds must confirm.
    pub report_window_secs: u64,
    /// Days between scheduled rotations; 0 for never.
    pub rotation_interval_days: u32,
    /// The hours of the week in which they happen, in UTC.
    pub rotation_window: String,
    /// Days for which the private half of a retired key is kept for a rollback.
    pub retired_key_sealed_days: u32,
    /// How long a signed key set may be used.
    pub key_set_lifetime_secs: u64,
    /// Whether an emergency, a rollback, what is done to roots and where private keys go takes two people.
    pub approval_required: bool,
}
