//! The credentials of programs, and of people who sign in.

pub(super) mod create;
mod json;
pub(super) mod list;
pub(super) mod revoke;
