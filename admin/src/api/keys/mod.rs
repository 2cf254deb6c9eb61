//! The keys of an issuer, and each step of their lives.

pub(super) mod activate;
pub(super) mod create;
mod json;
pub(super) mod list;
pub(super) mod retire;
pub(super) mod revoke;
pub(super) mod show;

pub(super) use json::key_size;
