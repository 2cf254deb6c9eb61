//! No dump of this process: its memory holds the master key.

use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};

/// Forbids core dumps, also those that are piped to a program, and lets no other process of the same user read the
/// memory. Where the system refuses, the server runs all the same.
pub(super) fn forbid() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    let _ = prctl::set_dumpable(false);
}
