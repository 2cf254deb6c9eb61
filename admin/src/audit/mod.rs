//! The audit log: a chain of hashes, in which one changed, missing or moved entry breaks everything after it.
//!
//! The hash of an entry is SHA-256 over the hash of the entry before (32 zero bytes before the first) and the entry's
//! text. The text is one line of JSON, kept as it was hashed, so that checking needs no agreement on how JSON is
//! written. The chain alone cannot show that its tail was cut off: signed checkpoints over a Merkle [`Tree`] of the same
//! texts do, wherever one of them was kept.
//!
//! Entries that are old enough may be deleted from the beginning. The roots of the whole [`Subtrees`] over them are kept, so
//! that later checkpoints go on covering the whole log from its first entry, and those from before still fit; and an entry
//! about the [`Deletion`] says from where the chain goes on.

mod action;
mod chain;
mod deletion;
mod export;
mod record;
mod subtrees;
mod tree;

pub use action::Action;
pub use chain::{Broken, Chain, Hash, Head, NotAHash};
pub use deletion::{Deletion, WrongDeletion};
pub use export::{
    BrokenExport, DeletedEntries, ExportBase, ExportHeader, ExportLine, ExportReport, ExportedEntry, FORMAT,
    Kept, verify_export,
};
pub use record::Record;
pub use subtrees::Subtrees;
pub use tree::{NotPeaks, Root, Tree};
