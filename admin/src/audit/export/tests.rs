use std::rc::Rc;

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
        let mut lines = vec![ExportLine::Export(ExportHeader { format: FORMAT, verifier, entries })];
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
                let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root };
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
