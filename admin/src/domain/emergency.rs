//! An emergency: the active key was replaced and revoked in one action, and everybody waits for the last edge to know.

use super::Timestamp;

/// An emergency as it was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// The first version that says so.
    pub version: u64,
    /// The key that was thrown out.
    pub revoked_kid: String,
    /// The key that signs in its place.
    pub new_kid: String,
    /// When it was declared.
    pub declared_at: Timestamp,
    /// When the last region had that version.
    pub confirmed_at: Option<Timestamp>,
}

impl Emergency {
    /// The time from the command to the last region: what an incident report wants.
    pub fn seconds_to_last_region(&self) -> Option<u64> {
        Some(self.confirmed_at?.since(self.declared_at))
    }
}
