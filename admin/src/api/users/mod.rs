//! People who sign in by name.

pub(super) mod change;
pub(super) mod create;
pub(super) mod disable;
pub(super) mod enable;
pub(super) mod invite;
mod json;
pub(super) mod list;
