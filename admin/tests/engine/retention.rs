//! What is old goes from the beginning of the audit log, and what remains is verified to its first entry.

use std::fs;

use keystile_admin::audit::{BrokenExport, ExportReport, Kept, verify_export};
use keystile_admin::domain::{Actor, Timestamp};
use keystile_admin::evidence::{Period, page};
use keystile_admin::operations::audit_deletion::delete;
use keystile_admin::operations::audit_export::export;
use keystile_admin::operations::checkpoints::{self, AuditKeyView};
use keystile_admin::operations::evidence::evidence;
use keystile_admin::operations::legal_holds::{self, HoldOrder};
use keystile_admin::operations::{OperationError, access_review, approvals, audit_log, issuers, retention};
use keystile_admin::settings::IssuerChange;

use crate::rehearsal::{Rehearsal, START};

const DAY: u64 = 86_400;
/// What no file may hold once its entry is deleted.
const SECRET_REASON: &str = "the reason that nobody may read in seven years";

impl Rehearsal {
    async fn keep(&self, days: Option<u32>) -> Result<retention::RetentionView, OperationError> {
        retention::set(&self.keystile, &self.admin, days, "a test").await
    }

    async fn write_entry(&self, reason: &str) {
        access_review::review(&self.keystile, &self.admin, reason).await.unwrap();
    }

    /// A checkpoint over everything there is.
    async fn sign(&self) -> AuditKeyView {
        checkpoints::key(&self.keystile, &self.admin).await.unwrap()
    }

    /// A server that has been there for fourteen months, and was told in the beginning to keep entries for twelve. Answers
    /// what was kept elsewhere after the first month.
    async fn aged(&self) -> AuditKeyView {
        self.keep(Some(366)).await.unwrap();
        self.write_entry(SECRET_REASON).await;
        let kept = self.sign().await;
        self.clock.advance(30 * DAY);
        for number in 0..3 {
            self.write_entry(&format!("month {number}")).await;
            self.sign().await;
            self.clock.advance(20 * DAY);
        }
        self.clock.advance(330 * DAY);
        self.live_for_a_day().await;
        kept
    }

    /// Nothing goes before the server has lived for a day by its clock.
    async fn live_for_a_day(&self) {
        self.write_entry("here").await;
        self.sign().await;
        self.clock.advance(DAY + 60);
    }

    async fn exported(&self) -> String {
        let mut bytes = Vec::new();
        export(&self.keystile, &self.admin, &mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    }
}

fn check(export: &str, kept: &Kept) -> Result<ExportReport, BrokenExport> {
    verify_export(export.as_bytes(), kept)
}

fn kept(view: &AuditKeyView) -> Kept {
    Kept { verifier: Some(view.verifier.clone()), checkpoint: Some(view.checkpoint.clone()) }
}

#[tokio::test]
async fn what_is_old_enough_goes_and_a_checkpoint_from_before_still_fits() {
    let rehearsal = Rehearsal::begin().await;
    let before = rehearsal.aged().await;
    let deleted = delete(&rehearsal.keystile).await.unwrap();
    assert!(deleted > 3, "{deleted}");
    let chain = audit_log::verify(&rehearsal.keystile, &rehearsal.admin).await.unwrap();
    assert_eq!((chain.ok, chain.first), (true, deleted + 1));
    let newest = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap().remove(0);
    assert_eq!((newest.action.as_str(), newest.actor.as_str()), ("audit.entries_deleted", "steward"));
    assert_eq!(newest.after.unwrap()["through"], deleted);
    let text = rehearsal.exported().await;
    assert!(!text.contains(SECRET_REASON) && text.contains("month 2"));
    let report = check(&text, &kept(&before)).unwrap();
    assert_eq!((report.first, report.contains_kept_checkpoint), (deleted + 1, true));
    assert_eq!(delete(&rehearsal.keystile).await.unwrap(), 0, "a day's worth goes at a time");
    // A second deletion goes on from the first, and what was kept then fits too.
    let later = rehearsal.sign().await;
    rehearsal.clock.advance(60 * DAY);
    rehearsal.live_for_a_day().await;
    assert!(delete(&rehearsal.keystile).await.unwrap() > 0);
    let text = rehearsal.exported().await;
    for kept in [kept(&before), kept(&later)] {
        assert!(check(&text, &kept).unwrap().first > deleted + 1);
    }
}

#[tokio::test]
async fn one_changed_bit_or_line_of_a_log_whose_beginning_is_gone_is_found() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    delete(&rehearsal.keystile).await.unwrap();
    let text = rehearsal.exported().await;
    let found = |changed: &[u8]| verify_export(changed, &Kept::default()).is_err();
    for position in (0..text.len() * 8).step_by(37) {
        let mut changed = text.clone().into_bytes();
        changed[position / 8] ^= 1 << (position % 8);
        assert!(found(&changed), "bit {position}");
    }
    let lines: Vec<_> = text.lines().collect();
    let joined = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    for position in 0..lines.len() - 1 {
        let mut swapped = lines.clone();
        swapped.swap(position, position + 1);
        assert!(found(joined(&swapped).as_bytes()), "line {position}");
        let mut fewer = lines.clone();
        let gone = fewer.remove(position);
        // A checkpoint over entries that are there is one more witness, and no more.
        let may_go = gone.starts_with("{\"checkpoint\"") && !lines[position - 1].starts_with("{\"deleted\"");
        assert_eq!(found(joined(&fewer).as_bytes()), !may_go, "line {position}");
    }
}

#[tokio::test]
async fn whoever_moves_the_beginning_forward_is_found() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    delete(&rehearsal.keystile).await.unwrap();
    let before = rehearsal.sign().await;
    // Everything that the file of the database allows: the rows are there, and checkpoints to stand on.
    let forward = "DROP TRIGGER audit_is_not_shortened; DROP TRIGGER audit_is_held;
         INSERT INTO audit_subtrees (size, roots)
             SELECT MAX(size), zeroblob(32) FROM audit_checkpoints WHERE size <= (SELECT MAX(seq) - 1 FROM audit);
         INSERT INTO audit_bases (size, hash, newest_at, deleted_at)
             SELECT s.size, a.hash, 1, 1 FROM audit_subtrees s JOIN audit a ON a.seq = s.size
             ORDER BY s.size DESC LIMIT 1;
         DELETE FROM audit WHERE seq <= (SELECT MAX(size) FROM audit_bases)";
    rehearsal.tamper(forward).await.unwrap();
    let forged = rehearsal.exported().await;
    assert!(check(&forged, &Kept::default()).is_err(), "whatever he wrote beside it");
    assert!(check(&forged, &kept(&before)).is_err());
}

#[tokio::test]
async fn a_hold_keeps_what_it_covers_and_its_release_lets_it_go() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin) = (&rehearsal.keystile, &rehearsal.admin);
    let order = HoldOrder { reason: "a lawsuit".to_owned(), from: Some(START.plus(40 * DAY)), to: None };
    let hold = legal_holds::set(keystile, admin, order).await.unwrap();
    rehearsal.aged().await;
    delete(keystile).await.unwrap();
    let view = retention::get(keystile, admin).await.unwrap();
    assert!(view.deleted_until.unwrap() < START.plus(40 * DAY), "what is before it goes");
    assert_eq!(view.holds.len(), 1);
    rehearsal.clock.advance(60 * DAY);
    rehearsal.live_for_a_day().await;
    assert_eq!(delete(keystile).await.unwrap(), 0);
    legal_holds::release(keystile, admin, &hold.id, "settled").await.unwrap();
    assert!(delete(keystile).await.unwrap() > 0);
    let again = legal_holds::release(keystile, admin, &hold.id, "settled").await;
    assert!(matches!(again, Err(OperationError::LegalHoldNotFound { .. })));
}

#[tokio::test]
async fn the_database_itself_lets_nothing_go_that_a_hold_keeps() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    delete(&rehearsal.keystile).await.unwrap();
    let order = HoldOrder { reason: "a lawsuit".to_owned(), ..HoldOrder::default() };
    legal_holds::set(&rehearsal.keystile, &rehearsal.admin, order).await.unwrap();
    let forward = "INSERT INTO audit_bases (size, hash, newest_at, deleted_at)
             SELECT MAX(size), hex(zeroblob(32)), 9999999999, 1 FROM audit_checkpoints;
         DELETE FROM audit WHERE seq <= (SELECT MAX(size) FROM audit_bases)";
    let refused = rehearsal.tamper(forward).await.unwrap_err().to_string();
    assert!(refused.contains("a legal hold keeps the audit log"), "{refused}");
    for sql in [
        "DELETE FROM legal_holds",
        "DELETE FROM audit_bases",
        "UPDATE audit_bases SET size = 1",
        "DELETE FROM audit_subtrees",
    ] {
        assert!(rehearsal.tamper(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn nobody_wipes_his_traces_by_a_setting() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin) = (&rehearsal.keystile, &rehearsal.admin);
    for days in [0, 1, 365, 36_526] {
        let refused = rehearsal.keep(Some(days)).await;
        assert!(matches!(refused, Err(OperationError::InvalidInput { field: "days", .. })), "{days}");
    }
    // A shorter time waits, a longer one does not, and everybody can call the shorter one off meanwhile.
    let view = rehearsal.keep(Some(400)).await.unwrap();
    assert_eq!((view.days, view.next_days, view.next_at), (None, Some(400), Some(START.plus(30 * DAY))));
    let view = rehearsal.keep(None).await.unwrap();
    assert_eq!((view.days, view.next_days), (None, None));
    // Where the policy wants two people, shortening takes two; keeping more does not, nor does a hold, but its release.
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(keystile, admin, &rehearsal.main, change).await.unwrap();
    let refused = rehearsal.keep(Some(400)).await;
    assert!(matches!(refused, Err(OperationError::ApprovalRequired { deed: "shorten_retention" })));
    let order = HoldOrder { reason: "a lawsuit".to_owned(), ..HoldOrder::default() };
    let hold = legal_holds::set(keystile, admin, order).await.unwrap();
    let refused = legal_holds::release(keystile, admin, &hold.id, "settled").await;
    assert!(matches!(refused, Err(OperationError::ApprovalRequired { deed: "release_hold" })));
    let deed = approvals::Deed::ReleaseHold { id: hold.id.clone(), reason: "settled".to_owned() };
    let asked = approvals::ask(keystile, admin, deed).await.unwrap().id;
    approvals::approve(keystile, &Actor::local("bob"), &asked, None).await.unwrap();
    let admin = admin.clone().with_approval(Some(asked));
    legal_holds::release(keystile, &admin, &hold.id, "settled").await.unwrap();
}

#[tokio::test]
async fn a_clock_that_is_set_far_ahead_deletes_nothing() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.keep(Some(366)).await.unwrap();
    rehearsal.clock.advance(31 * DAY);
    rehearsal.live_for_a_day().await;
    rehearsal.clock.advance(10 * 365 * DAY);
    rehearsal.write_entry("ten years ahead").await;
    rehearsal.sign().await;
    assert_eq!(delete(&rehearsal.keystile).await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_tampered_with_is_not_deleted() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    let change = "DROP TRIGGER audit_is_not_rewritten;
                  UPDATE audit SET entry = replace(entry, 'key.created', 'key.retired') WHERE seq = 2";
    rehearsal.tamper(change).await.unwrap();
    assert_eq!(delete(&rehearsal.keystile).await, Err(OperationError::AuditBroken { seq: 2 }));
}

#[tokio::test]
async fn what_was_deleted_lies_in_no_file_of_the_data_folder() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    let lies_there = || {
        let files = fs::read_dir(rehearsal.folder.path()).unwrap().map(|file| file.unwrap().path());
        let holds =
            |bytes: Vec<u8>| bytes.windows(SECRET_REASON.len()).any(|it| it == SECRET_REASON.as_bytes());
        files.filter(|path| path.is_file()).any(|path| holds(fs::read(path).unwrap()))
    };
    assert!(lies_there());
    delete(&rehearsal.keystile).await.unwrap();
    assert!(!lies_there());
}

#[tokio::test]
async fn a_pack_of_a_period_that_is_partly_gone_says_so_and_knows_who_signed_all_the_same() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.aged().await;
    delete(&rehearsal.keystile).await.unwrap();
    let pack = async |from: Timestamp| {
        let period = Period { from, to: rehearsal.keystile.now().plus(1) };
        evidence(&rehearsal.keystile, &rehearsal.admin, period).await.unwrap()
    };
    let whole = pack(START).await;
    assert!(whole.verification.ok && whole.verification.first > 1 && whole.keeping.period_is_incomplete);
    assert!(page(&whole).contains("does not tell all of it"));
    let key = &whole.issuers[0].keys[0];
    assert_eq!((key.signed.len(), key.signed[0].entry, key.state), (1, None, "active"));
    let recent = pack(START.plus(100 * DAY)).await;
    assert!(!recent.keeping.period_is_incomplete);
    assert!(recent.keeping.acts.iter().any(|act| act.action == "audit.entries_deleted"));
}
