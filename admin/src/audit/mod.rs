//! The audit log: a chain of hashes, in which one changed, missing or moved entry breaks everything after it.
//!
//! The hash of an entry is SHA-256 over the hash of the entry before (32 zero bytes before the first) and the entry's
//! text. The text is one line of JSON, kept as it was hashed, so that checking needs no agreement on how JSON is
//! written. The chain alone cannot show that its tail was cut off: signed checkpoints over a Merkle [`Tree`] of the same
//! texts do, wherever one of them was kept.

mod action;
mod chain;
mod export;
mod record;
mod tree;

pub use action::Action;
pub use chain::{Broken, Chain, Hash, Head, NotAHash};
pub use export::{
    BrokenExport, ExportHeader, ExportLine, ExportReport, ExportedEntry, FORMAT, Kept, verify_export,
};
pub use record::Record;
pub use tree::{NotPeaks, Root, Tree};
