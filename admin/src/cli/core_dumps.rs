//! No dump of this process: its memory holds the master key.

use std::env;

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// In the environment alone: before anything else is read, no dump is possible.
const SETTING: &str = "KEYSTILE__CORE_DUMPS";

/// Forbids core dumps, also those that are piped to a program, and lets no other process of the same user read the
/// memory. Where the system refuses, the server runs all the same. Whoever must debug it sets `KEYSTILE__CORE_DUMPS=allow`.
pub(super) fn forbid() {
    if env::var_os(SETTING).is_some_and(|value| value == "allow") {
        return;
    }
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = prctl::set_dumpable(false);
}
