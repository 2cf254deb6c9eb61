//! Gradual rotation.

pub(super) mod cancel;
mod json;
pub(super) mod show;
pub(super) mod start;
