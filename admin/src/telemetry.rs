//! What the server says about itself on standard error.
//!
//! Never logged: tokens of any kind, private keys, master keys, cookies, request bodies, query strings. A
//! request is logged as its method, path, status and id; the id is also in the answer, so that the two can be
//! brought together.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// Starts logging. `filter` is an `EnvFilter` directive; a broken one falls back to `info` and says so.
pub fn start(filter: &str, json: bool) {
    let parsed = EnvFilter::try_new(filter);
    let broken = parsed.is_err();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed.unwrap_or_else(|_| EnvFilter::new("info")))
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    if json {
        builder.json().init();
    } else {
        builder.with_target(false).init();
    }
    if broken {
        tracing::warn!(filter, "`KEYSTILE__LOG__FILTER` cannot be read, so `info` is used");
    }
}
