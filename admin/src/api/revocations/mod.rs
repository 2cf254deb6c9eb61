//! Tokens and sessions refused by name.

pub(super) mod create;
pub(super) mod show;
