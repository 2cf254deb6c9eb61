//! What the tests of the whole are made of. They use public doors only: the binaries, HTTP, and the files that people
//! edit. The parts are started by the same code as `cargo xtask up` starts them with.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

mod company;
mod dialogue;
mod house;
mod key_pair;
mod processes;
mod proxy;
mod raw;
mod receivers;
mod refusing_kv;
mod secrets_managers;
mod signer;
mod traffic;
mod up;
mod verifier;
mod wire;

pub use company::{Company, Device, EMAIL, PASSWORD};
pub use house::{AUDIENCE, House, ISSUER};
pub use key_pair::{KeyPair, hmac_sha256};
pub use processes::{descendants, is_running, signal};
pub use proxy::Proxy;
pub use raw::{RawAnswer, by_hand, send_raw, send_raw_until};
pub use receivers::Receivers;
pub use refusing_kv::RefusingKv;
pub use secrets_managers::{Aws, OpenBao};
pub use signer::Signer;
pub use traffic::Traffic;
pub use up::Up;
pub use verifier::Verifier;
pub use wire::Wire;

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

/// Seconds since 1970, as the tokens count them.
#[expect(clippy::disallowed_methods, reason = "tokens for real servers are valid by the real clock")]
pub fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}
