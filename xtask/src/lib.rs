//! The commands of a Keystile developer, and the parts of a running system that its tests start too.
//!
//! Nothing here is needed at run time. [`system`] starts the parts one by one; [`up`] starts them together and says
//! how to use them; [`test`](mod@test) runs every check; [`structure`] holds the boundaries between the rooms.

pub mod bench;
pub mod build_parts;
pub mod deploy;
pub mod differential;
pub mod documented;
pub mod faults;
pub mod http;
pub mod miri;
pub mod mutants;
pub mod packed;
pub mod pictures;
pub mod place;
pub mod postgres;
pub mod process;
pub mod progress;
pub mod promtool;
pub mod proxies;
pub mod python;
pub mod runtimes;
pub mod setup;
pub mod simulate;
pub mod soak;
pub mod structure;
pub mod system;
pub mod test;
pub mod tools;
pub mod up;
pub mod wildcard;
pub mod written;
