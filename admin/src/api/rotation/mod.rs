//! Gradual rotation.

pub(super) mod cancel;
mod json;
pub(super) mod pause;
pub(super) mod resume;
pub(super) mod show;
pub(super) mod start;
