//! An export of the whole log: one line of JSON a piece, checked without the server.
//!
//! The first line says whose log it is and what its checkpoints are verified with. Then come the entries, each as it was
//! hashed, and behind the last entry that a checkpoint covers, the checkpoint. In place of entries that were deleted stand the
//! roots of the subtrees over them. Making an export is itself an entry, and a checkpoint over everything ends it: so a file
//! whose tail was cut off does not end as an export ends.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

use super::deletion::{Deletions, WrongDeletion};
use super::{Action, Chain, Hash, Head, Record, Root, Tree};
use crate::domain::Timestamp;
use crate::signing::{BadCheckpoint, CheckpointVerifier};

/// One line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExportLine {
    /// The first.
    Export(ExportHeader),
    /// Entries that were deleted, up to the next checkpoint.
    Deleted(DeletedEntries),
    /// An entry.
    Entry(ExportedEntry),
    /// A signed note over all entries before it.
    Checkpoint(String),
}

/// Whose log it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader {
    /// The format's number: 1.
    pub format: u32,
    /// What its checkpoints are verified with. Trust it only as far as it is the one you kept.
    pub verifier: String,
    /// The number of the last entry.
    pub entries: u64,
    /// What comes before the first entry that is there; absent where the log is there from its beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ExportBase>,
}

/// Where a log begins whose first entries were deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportBase {
    /// The number of the last entry that was deleted.
    pub entries: u64,
    /// The hash of that entry.
    pub hash: String,
}

/// What is left of entries that were deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeletedEntries {
    /// The number of the last of them.
    pub through: u64,
    /// The roots of the whole subtrees over them, as [`Subtrees`](super::Subtrees) has them, in hex.
    pub subtrees: Vec<String>,
}

/// An entry as it was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedEntry {
    /// Its number.
    pub seq: u64,
    /// The line that was hashed.
    pub text: String,
    /// The hash beside it.
    pub hash: String,
}

/// The only format there is.
pub const FORMAT: u32 = 1;
/// The longest line: an entry holds views for people, which are far shorter, and JSON within JSON at most doubles it.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;

/// What a verifier holds against the export, kept away from the server.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The verifier key, as `keystile audit key` printed it.
    pub verifier: Option<String>,
    /// A checkpoint from earlier, which the log must still contain.
    pub checkpoint: Option<String>,
}

/// What an export that holds says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// The number of the last entry.
    pub entries: u64,
    /// The number of the first one that is there; those before it were deleted in order.
    pub first: u64,
    /// The hash of the last one.
    pub head: String,
    /// How many checkpoints were verified.
    pub checkpoints: u64,
    /// What they were verified with.
    pub verifier: String,
    /// Whether that is the key that was kept, rather than the one that the export brings along.
    pub verifier_was_kept: bool,
    /// Whether the log contains the checkpoint that was kept.
    pub contains_kept_checkpoint: bool,
}

/// Why an export does not hold.
#[derive(Debug, thiserror::Error)]
pub enum BrokenExport {
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A line that is none.
    #[error("line {line} is not what an export has there: {what}")]
    Line {
        /// Which.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// An entry that does not fit.
    #[error("line {line}: entry {seq} is not the one that was written")]
    Entry {
        /// Where.
        line: u64,
        /// The number of the entry that belongs there.
        seq: u64,
    },
    /// A checkpoint that does not fit.
    #[error("line {line}: the checkpoint is not believed: {cause}")]
    Checkpoint {
        /// Where.
        line: u64,
        /// Why.
        cause: BadCheckpoint,
    },
    /// A genuine checkpoint of another log, or of another state of this one.
    #[error("line {line}: the checkpoint was signed over other entries than those before it")]
    OtherEntries {
        /// Where.
        line: u64,
    },
    /// Entries are missing at its beginning.
    #[error("{0}")]
    Deleted(#[from] WrongDeletion),
    /// The end is missing.
    #[error("its tail was cut off: it does not end with the entry of its making and a checkpoint over it")]
    Cut,
    /// The key is another one.
    #[error("its checkpoints are signed with another key than the one that was kept")]
    AnotherVerifier,
    /// The kept key or checkpoint cannot be used.
    #[error("what was kept cannot be used: {0}")]
    Kept(String),
    /// The log does not go through the kept checkpoint.
    #[error("the log does not contain what the checkpoint that was kept says: it was rewritten or cut")]
    NotThroughKept,
}

/// Checks an export, line by line, and says what it holds.
pub fn verify_export(export: impl BufRead, kept: &Kept) -> Result<ExportReport, BrokenExport> {
    let mut lines = Lines { from: export, number: 0 };
    let Some(ExportLine::Export(header)) = lines.next()? else {
        return Err(lines.wrong("the first line says whose log it is"));
    };
    let mut check = Check::begin(&header, kept, &lines)?;
    while let Some(line) = lines.next()? {
        match line {
            ExportLine::Export(_) => return Err(lines.wrong("a second first line")),
            ExportLine::Deleted(deleted) => {
                check.deleted(&deleted).ok_or_else(|| lines.wrong("subtrees that do not fit here"))?;
            }
            ExportLine::Entry(entry) => check.entry(&entry, lines.number)?,
            ExportLine::Checkpoint(note) => check.checkpoint(&note, lines.number)?,
        }
    }
    check.end(&header, kept)
}

struct Check {
    verifier: CheckpointVerifier,
    kept: Option<KeptCheckpoint>,
    base: Option<(u64, Hash)>,
    base_root: Option<Root>,
    deletions: Deletions,
    chain: Chain,
    tree: Tree,
    checkpoints: u64,
    covered: u64,
    signed_at: Option<Timestamp>,
    ends_with_export: bool,
}

struct KeptCheckpoint {
    size: u64,
    root: Root,
    is_passed: bool,
}

impl Check {
    fn begin(header: &ExportHeader, kept: &Kept, lines: &Lines<impl BufRead>) -> Result<Self, BrokenExport> {
        if header.format != FORMAT {
            return Err(lines.wrong("a format that this program does not know"));
        }
        let verifier =
            CheckpointVerifier::parse(&header.verifier).map_err(|error| lines.wrong(&error.to_string()))?;
        if kept.verifier.as_ref().is_some_and(|text| text.trim() != header.verifier) {
            return Err(BrokenExport::AnotherVerifier);
        }
        let unusable = |error: BadCheckpoint| BrokenExport::Kept(error.to_string());
        let kept = kept.checkpoint.as_ref().map(|note| verifier.open(note)).transpose().map_err(unusable)?;
        let base =
            header.base.as_ref().map(|base| base.read().ok_or_else(|| lines.wrong("a base that is none")));
        let base = base.transpose()?;
        let head = base.map_or(Chain::new().head(), |(entries, hash)| Head { entries, hash: Some(hash) });
        Ok(Self {
            verifier,
            kept: kept.map(|it| KeptCheckpoint {
                size: it.size,
                root: Root(it.root),
                is_passed: it.size == 0,
            }),
            base,
            base_root: None,
            deletions: Deletions::default(),
            chain: Chain::from_head(head),
            tree: Tree::new(),
            checkpoints: 0,
            covered: 0,
            signed_at: None,
            ends_with_export: false,
        })
    }

    /// Nothing comes behind subtrees but the checkpoint over them, which vouches for them.
    fn deleted(&mut self, deleted: &DeletedEntries) -> Option<()> {
        let (entries, _) = self.base.filter(|_| self.covered == self.tree.size())?;
        let is_within = self.covered < deleted.through && deleted.through <= entries;
        let roots: Result<Vec<Root>, _> = deleted.subtrees.iter().map(|root| root.parse()).collect();
        self.tree.append_subtrees(deleted.through, &roots.ok()?).ok()?;
        self.pass();
        is_within.then_some(())
    }

    fn entry(&mut self, entry: &ExportedEntry, line: u64) -> Result<(), BrokenExport> {
        let seq = self.chain.next_seq();
        let broken = BrokenExport::Entry { line, seq };
        if seq != self.tree.size() + 1 || self.base.is_some_and(|(base, _)| self.covered < base) {
            return Err(BrokenExport::OtherEntries { line });
        }
        let Ok(record) = Record::from_text(&entry.text) else { return Err(broken) };
        // Compared as text: a hash in capitals is not what was written.
        let hash = self.chain.append(&entry.text).to_string();
        if (entry.seq, record.seq) != (seq, seq) || hash != entry.hash {
            return Err(broken);
        }
        self.base_root = self.base_root.or_else(|| self.base.map(|_| self.tree.root()));
        self.deletions.entry(&record);
        self.tree.append(&entry.text);
        self.pass();
        self.ends_with_export = record.action == Action::AuditExported.as_str();
        Ok(())
    }

    /// The tree has grown: perhaps to where the checkpoint that was kept was signed.
    fn pass(&mut self) {
        let size = self.tree.size();
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.size == size) {
            kept.is_passed = kept.root == self.tree.root();
        }
    }

    fn checkpoint(&mut self, note: &str, line: u64) -> Result<(), BrokenExport> {
        let checkpoint =
            self.verifier.open(note).map_err(|cause| BrokenExport::Checkpoint { line, cause })?;
        if (checkpoint.size, checkpoint.root) != (self.tree.size(), self.tree.root().0) {
            return Err(BrokenExport::OtherEntries { line });
        }
        if self.base.is_some_and(|(base, _)| checkpoint.size <= base) {
            self.deletions.checkpoint(checkpoint.size, checkpoint.signed_at);
        }
        (self.checkpoints, self.covered) = (self.checkpoints + 1, checkpoint.size);
        self.signed_at = checkpoint.signed_at;
        Ok(())
    }

    fn end(self, header: &ExportHeader, kept: &Kept) -> Result<ExportReport, BrokenExport> {
        let Head { entries, hash } = self.chain.head();
        let whole = self.ends_with_export && self.covered == entries && header.entries == entries;
        let Some(head) = hash.filter(|_| whole) else { return Err(BrokenExport::Cut) };
        let base = self.base.zip(self.base_root).map(|((entries, hash), root)| (entries, hash, root));
        self.deletions.check(base, self.signed_at)?;
        if self.kept.is_some_and(|kept| !kept.is_passed) {
            return Err(BrokenExport::NotThroughKept);
        }
        Ok(ExportReport {
            entries,
            first: base.map_or(0, |(entries, ..)| entries) + 1,
            head: head.to_string(),
            checkpoints: self.checkpoints,
            verifier: self.verifier.to_text(),
            verifier_was_kept: kept.verifier.is_some(),
            contains_kept_checkpoint: kept.checkpoint.is_some(),
        })
    }
}

impl ExportBase {
    /// In capitals, a hash is not what was written.
    fn read(&self) -> Option<(u64, Hash)> {
        let hash: Hash = self.hash.parse().ok()?;
        (self.entries > 0 && hash.to_string() == self.hash).then_some((self.entries, hash))
    }
}

struct Lines<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self) -> Result<Option<ExportLine>, BrokenExport> {
        let mut text = String::new();
        let mut bounded = io::Read::take(&mut self.from, LONGEST_LINE);
        if bounded.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        let Some(json) = text.strip_suffix('\n') else {
            return Err(self.wrong("it does not end, or is longer than any that was written"));
        };
        serde_json::from_str(json).map(Some).map_err(|error| self.wrong(&error.to_string()))
    }
}

impl<R> Lines<R> {
    fn wrong(&self, what: &str) -> BrokenExport {
        BrokenExport::Line { line: self.number.max(1), what: what.to_owned() }
    }
}

#[cfg(test)]
mod tests;
