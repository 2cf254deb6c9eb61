//! Tokens signed by the server.

pub(super) mod mint;
