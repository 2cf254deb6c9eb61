//! Makes, keeps, publishes and retires the keys that sign JWTs.
//!
//! | module | job |
//! |---|---|
//! | [`domain`] | key states, transitions, windows, confirmation: pure |
//! | [`operations`] | what can be asked of the server, one transaction each |

pub mod domain;
pub mod operations;
pub mod settings;
