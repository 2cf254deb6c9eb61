//! Issuers and their policies.

pub(super) mod change;
mod json;
pub(super) mod list;
pub(super) mod show;
