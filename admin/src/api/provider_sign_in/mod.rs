//! Signing in with the identity provider: the button, the way there, and the way back.

pub(super) mod begin;
mod cookie;
pub(super) mod finish;
pub(super) mod show;
