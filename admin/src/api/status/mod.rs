//! The server at a glance.

pub(super) mod show;
