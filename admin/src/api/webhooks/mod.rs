//! Whoever is told over HTTP.

pub(super) mod add;
mod json;
pub(super) mod list;
pub(super) mod remove;
pub(super) mod rotate_secret;
pub(super) mod test;
