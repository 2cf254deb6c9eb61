//! Issuers and their policies.

mod json;
pub(super) mod list;
pub(super) mod show;
