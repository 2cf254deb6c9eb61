//! The audit log: a chain of hashes, in which one changed, missing or moved entry breaks everything after it.
//!
//! The hash of an entry is SHA-256 over the hash of the entry before (32 zero bytes before the first) and the entry's
//! text. The text is one line of JSON, kept as it was hashed, so that checking needs no agreement on how JSON is
//! written. The chain alone cannot show that its tail was cut off: keep [`Head`] elsewhere for that.

mod action;
mod chain;
mod record;

pub use action::Action;
pub use chain::{Broken, Chain, Hash, Head, NotAHash};
pub use record::Record;
