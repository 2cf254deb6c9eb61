use std::rc::Rc;

use super::super::{Deletion, Subtrees};
use super::*;
use crate::domain::{Actor, Timestamp};
use crate::signing::{Checkpoint, CheckpointKey};

const ORIGIN: &str = "keystile/audit/test";

struct Log {
    key: Rc<CheckpointKey>,
    lines: Vec<ExportLine>,
}

impl Log {
    /// Entries with a checkpoint after the second and the last, which says that the export was made.
    fn of(entries: u64) -> Self {
        Self::signed_with(Rc::new(CheckpointKey::generate().unwrap()), entries)
    }

    fn signed_with(key: Rc<CheckpointKey>, entries: u64) -> Self {
        let verifier = key.verifier(ORIGIN).unwrap().to_text();
        let header = ExportHeader { format: FORMAT, verifier, entries, base: None };
        let mut lines = vec![ExportLine::Export(header)];
        let (mut chain, mut tree) = (Chain::new(), Tree::new());
        for seq in 1..=entries {
            // The third entry is an export too, so that a log of three is what this one was when it was made.
            let action = if seq == 3 || seq == entries { Action::AuditExported } else { Action::KeyRevoked };
            let actor = Actor::local("ops \"é\"");
            let record = Record::new(Timestamp::from_secs(1_700_000_000 + seq), &actor, action, "kid");
            let text = Record { seq, ..record }.to_text().unwrap();
            let hash = chain.append(&text).to_string();
            tree.append(&text);
            lines.push(ExportLine::Entry(ExportedEntry { seq, text, hash }));
            if seq == 2 || seq == entries {
                let (size, root) = (tree.size(), tree.root().0);
                let signed_at = Some(Timestamp::from_secs(1_700_000_000 + size));
                let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root, signed_at };
                lines.push(ExportLine::Checkpoint(key.sign(&checkpoint).unwrap()));
            }
        }
        Self { key, lines }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|line| serde_json::to_string(line).unwrap() + "\n").collect()
    }

    fn verify(&self) -> Result<ExportReport, BrokenExport> {
        verify(&self.text())
    }

    fn checkpoint(&self, number: usize) -> String {
        let notes = self.lines.iter().filter_map(|line| match line {
            ExportLine::Checkpoint(note) => Some(note.clone()),
            _ => None,
        });
        notes.collect::<Vec<_>>().swap_remove(number)
    }
}

fn verify(text: &str) -> Result<ExportReport, BrokenExport> {
    verify_export(text.as_bytes(), &Kept::default())
}

#[test]
fn an_export_that_nobody_touched_holds() {
    let log = Log::of(4);
    let report = log.verify().unwrap();
    assert_eq!((report.entries, report.checkpoints, report.verifier_was_kept), (4, 2, false));
}

#[test]
fn one_changed_bit_anywhere_is_found() {
    let text = Log::of(3).text().into_bytes();
    for position in 0..text.len() * 8 {
        let mut changed = text.clone();
        changed[position / 8] ^= 1 << (position % 8);
        let found = verify_export(changed.as_slice(), &Kept::default());
        assert!(found.is_err(), "bit {position} of line {:?}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn a_deleted_line_is_found_whichever_it_is() {
    for position in 0..Log::of(5).lines.len() {
        let mut log = Log::of(5);
        let removed = log.lines.remove(position);
        // A checkpoint between is one more witness, and its absence takes nothing away from the others.
        let may_go = matches!(removed, ExportLine::Checkpoint(_)) && position != log.lines.len();
        assert_eq!(log.verify().is_ok(), may_go, "line {position}");
    }
}

#[test]
fn two_lines_in_the_wrong_order_are_found() {
    for position in 0..Log::of(5).lines.len() - 1 {
        let mut log = Log::of(5);
        log.lines.swap(position, position + 1);
        assert!(log.verify().is_err(), "line {position}");
    }
}

#[test]
fn a_cut_tail_is_found_wherever_it_was_cut() {
    let whole = Log::of(5).text();
    for length in 0..whole.len() {
        if whole.is_char_boundary(length) {
            assert!(verify(&whole[..length]).is_err(), "after {length} bytes");
        }
    }
}

#[test]
fn a_log_that_was_written_anew_with_another_key_is_found_by_the_key_that_was_kept() {
    let (genuine, forged) = (Log::of(4), Log::of(4));
    let verifier = genuine.key.verifier(ORIGIN).unwrap().to_text();
    let kept = Kept { verifier: Some(verifier), checkpoint: None };
    assert!(verify_export(genuine.text().as_bytes(), &kept).unwrap().verifier_was_kept);
    let found = verify_export(forged.text().as_bytes(), &kept);
    assert!(matches!(found, Err(BrokenExport::AnotherVerifier)), "{found:?}");
}

#[test]
fn an_earlier_export_does_not_pass_for_a_later_one_by_the_checkpoint_that_was_kept() {
    let log = Log::of(4);
    let earlier = Log::signed_with(log.key.clone(), 3);
    assert!(earlier.verify().is_ok());
    let kept = Kept { verifier: None, checkpoint: Some(log.checkpoint(1)) };
    assert!(verify_export(log.text().as_bytes(), &kept).unwrap().contains_kept_checkpoint);
    let found = verify_export(earlier.text().as_bytes(), &kept);
    assert!(matches!(found, Err(BrokenExport::NotThroughKept)), "{found:?}");
    let kept = Kept { verifier: None, checkpoint: Some(earlier.checkpoint(1)) };
    assert!(verify_export(log.text().as_bytes(), &kept).is_ok());
}

#[test]
fn rubbish_is_refused_with_its_line() {
    for text in ["", "\n", "{}\n", "not json\n", "{\"entry\":{}}\n", "{\"checkpoint\":\"x\"}\n"] {
        assert!(matches!(verify(text), Err(BrokenExport::Line { line: 1, .. })), "{text}");
    }
}

const DAY: u64 = 86_400;
const T0: u64 = 1_700_000_000;
/// So many entries are gone, a checkpoint over all of them is left, and so many are there.
const GONE: u64 = 5;
const THERE: u64 = 4;

/// How a log is told whose first entries were deleted.
#[derive(Clone)]
struct Told {
    retention_days: u32,
    newest_at: u64,
    deleted_at: u64,
    /// When the checkpoint over what is gone was signed.
    signed_at: Option<u64>,
    /// When the last checkpoint was.
    ended_at: u64,
    /// What the entry about the deletion says in place of the truth.
    through: u64,
}

impl Told {
    fn in_order() -> Self {
        let (newest_at, deleted_at) = (T0 + GONE, T0 + 400 * DAY);
        Self {
            retention_days: 366,
            newest_at,
            deleted_at,
            signed_at: Some(newest_at + 60),
            ended_at: deleted_at + 60,
            through: GONE,
        }
    }

    /// The log, under a key that signs whatever is told.
    fn log(&self) -> Log {
        let key = Rc::new(CheckpointKey::generate().unwrap());
        let verifier = key.verifier(ORIGIN).unwrap().to_text();
        let (mut chain, mut tree, mut kept) = (Chain::new(), Tree::new(), Subtrees::new(0, GONE));
        let mut lines = Vec::new();
        let sign = |tree: &Tree, at: Option<u64>| {
            let signed_at = at.map(Timestamp::from_secs);
            let (size, root) = (tree.size(), tree.root().0);
            let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root, signed_at };
            ExportLine::Checkpoint(key.sign(&checkpoint).unwrap())
        };
        let (mut head, mut root) = (String::new(), String::new());
        for seq in 1..=GONE + THERE {
            let (action, at) = match seq {
                _ if seq <= GONE => (Action::KeyRevoked, T0 + seq),
                _ if seq == GONE + 2 => (Action::AuditEntriesDeleted, self.deleted_at),
                _ if seq == GONE + THERE => (Action::AuditExported, self.deleted_at),
                _ => (Action::KeyRevoked, self.deleted_at),
            };
            let (through, retention_days, newest_at) = (self.through, self.retention_days, self.newest_at);
            let told = Deletion {
                first: 1,
                through,
                head: head.clone(),
                root: root.clone(),
                newest_at,
                retention_days,
            };
            let record = Record::new(Timestamp::from_secs(at), &Actor::steward(), action, "audit");
            let after = (action == Action::AuditEntriesDeleted).then(|| told.to_value());
            let text = Record { seq, ..record }.changing(None, after).to_text().unwrap();
            let hash = chain.append(&text).to_string();
            tree.append(&text);
            if seq <= GONE {
                kept.append(&text);
                (head, root) = (hash, tree.root().to_string());
            } else {
                lines.push(ExportLine::Entry(ExportedEntry { seq, text, hash }));
            }
            if seq == GONE {
                let subtrees = std::mem::replace(&mut kept, Subtrees::new(0, 0)).finish().unwrap();
                let subtrees = subtrees.iter().map(ToString::to_string).collect();
                let base = Some(ExportBase { entries: GONE, hash: head.clone() });
                let (format, entries) = (FORMAT, GONE + THERE);
                lines.push(ExportLine::Export(ExportHeader {
                    format,
                    verifier: verifier.clone(),
                    entries,
                    base,
                }));
                lines.push(ExportLine::Deleted(DeletedEntries { through: GONE, subtrees }));
                lines.push(sign(&tree, self.signed_at));
            }
        }
        lines.push(sign(&tree, Some(self.ended_at)));
        Log { key, lines }
    }
}

#[test]
fn a_log_whose_beginning_was_deleted_in_order_holds_and_contains_what_was_signed_before() {
    let log = Told::in_order().log();
    let report = log.verify().unwrap();
    assert_eq!((report.entries, report.first, report.checkpoints), (GONE + THERE, GONE + 1, 2));
    let kept = Kept { verifier: None, checkpoint: Some(log.checkpoint(0)) };
    assert!(verify_export(log.text().as_bytes(), &kept).unwrap().contains_kept_checkpoint);
    // A checkpoint that does not say when it was signed says nothing about when it may go.
    assert!(Told { signed_at: None, ..Told::in_order() }.log().verify().is_ok());
}

#[test]
fn what_was_deleted_too_soon_is_found_by_what_was_signed_over_it() {
    let told = Told::in_order();
    let late = told.deleted_at;
    for (told, what) in [
        (Told { retention_days: 365, ..told.clone() }, "no retention is so short"),
        (Told { newest_at: late - 365 * DAY, ..told.clone() }, "too young by what the log says itself"),
        (Told { signed_at: Some(late - 365 * DAY), ..told.clone() }, "too young by the checkpoint over it"),
        (Told { retention_days: 4_000, ..told.clone() }, "kept for longer than that"),
        (
            Told {
                deleted_at: late + 4_000 * DAY,
                signed_at: Some(late),
                ended_at: late + DAY,
                ..told.clone()
            },
            "dated later than what vouches for it",
        ),
    ] {
        let found = told.log().verify();
        assert!(matches!(found, Err(BrokenExport::Deleted(WrongDeletion::TooSoon))), "{what}: {found:?}");
    }
}

#[test]
fn a_beginning_that_the_log_does_not_tell_is_found() {
    let told = Told { through: GONE - 1, ..Told::in_order() };
    let found = told.log().verify();
    assert!(matches!(found, Err(BrokenExport::Deleted(WrongDeletion::Untold))), "{found:?}");
    // Entries that are told to be gone, and are there.
    let mut log = Told::in_order().log();
    log.lines.drain(1..3);
    assert!(log.verify().is_err());
}

#[test]
fn one_changed_bit_before_the_first_entry_is_found() {
    let text = Told::in_order().log().text();
    let beginning = text.lines().take(3).map(|line| line.len() + 1).sum::<usize>();
    for position in 0..beginning * 8 {
        let mut changed = text.clone().into_bytes();
        changed[position / 8] ^= 1 << (position % 8);
        let found = verify_export(changed.as_slice(), &Kept::default());
        assert!(found.is_err(), "bit {position}: {:?}", String::from_utf8_lossy(&changed));
    }
}
