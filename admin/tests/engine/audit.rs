//! The audit log of a real server, and what tampering with its database does.

use keystile_admin::audit::{BrokenExport, ExportReport, Kept, verify_export};
use keystile_admin::operations::audit_export::export;
use keystile_admin::operations::audit_log::{ChainView, list, verify};
use keystile_admin::operations::{OperationError, checkpoints};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    async fn chain(&self) -> ChainView {
        verify(&self.keystile, &self.admin).await.unwrap()
    }

    /// Does to the database what an attacker with its file would.
    pub(crate) async fn tamper(&self, sql: &'static str) -> Result<(), sqlx::Error> {
        let database = SqliteConnectOptions::new().filename(self.folder.path().join("keystile.db"));
        let mut connection = database.connect().await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        connection.close().await
    }
}

#[tokio::test]
async fn every_change_is_one_entry_and_the_chain_holds() {
    let rehearsal = Rehearsal::begin().await;
    let before = rehearsal.chain().await.entries;
    let kid = rehearsal.new_key().await;
    let chain = rehearsal.chain().await;
    assert_eq!((chain.ok, chain.entries), (true, before + 1));
    let newest = list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap().remove(0);
    assert_eq!(
        (newest.action.as_str(), newest.subject, newest.actor.as_str()),
        ("key.created", kid, "local:test")
    );
    assert_eq!(Some(newest.hash), chain.head);
}

#[tokio::test]
async fn pages_are_newest_first_and_without_gaps() {
    let rehearsal = Rehearsal::begin().await;
    let page = async |limit, before| {
        let entries = list(&rehearsal.keystile, &rehearsal.admin, limit, before).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(2, None).await, [4, 3]);
    assert_eq!(page(100, Some(3)).await, [2, 1]);
}

#[tokio::test]
async fn the_database_itself_refuses_to_rewrite_history() {
    let rehearsal = Rehearsal::begin().await;
    for sql in [
        "UPDATE audit SET entry = '{}' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM keys",
        "INSERT INTO key_sets SELECT * FROM key_sets",
    ] {
        assert!(rehearsal.tamper(sql).await.is_err(), "{sql}");
    }
    assert!(rehearsal.chain().await.ok);
}

#[tokio::test]
async fn a_changed_entry_is_named() {
    let rehearsal = Rehearsal::begin().await;
    let change = "DROP TRIGGER audit_is_not_rewritten;
                  UPDATE audit SET entry = replace(entry, 'key.created', 'key.retired') WHERE seq = 2";
    rehearsal.tamper(change).await.unwrap();
    let chain = rehearsal.chain().await;
    assert_eq!((chain.ok, chain.first_broken_seq, chain.entries), (false, Some(2), 1));
}

#[tokio::test]
async fn a_removed_entry_is_named() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.tamper("DROP TRIGGER audit_is_not_shortened; DELETE FROM audit WHERE seq = 3").await.unwrap();
    assert_eq!(rehearsal.chain().await.first_broken_seq, Some(3));
}

/// An export of the log as it is now.
async fn exported(rehearsal: &Rehearsal) -> String {
    let mut bytes = Vec::new();
    export(&rehearsal.keystile, &rehearsal.admin, &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

fn check(export: &str, kept: &Kept) -> Result<ExportReport, BrokenExport> {
    verify_export(export.as_bytes(), kept)
}

#[tokio::test]
async fn an_export_is_verified_alone_and_goes_on_from_the_checkpoint_that_was_kept() {
    let rehearsal = Rehearsal::begin().await;
    let kept = checkpoints::key(&rehearsal.keystile, &rehearsal.admin).await.unwrap();
    rehearsal.new_key().await;
    let text = exported(&rehearsal).await;
    let kept = Kept { verifier: Some(kept.verifier), checkpoint: Some(kept.checkpoint) };
    let report = check(&text, &kept).unwrap();
    assert_eq!(Some(report.head), rehearsal.chain().await.head);
    assert!(report.verifier_was_kept && report.contains_kept_checkpoint);
    // One more export has one more entry, and contains everything of the one before.
    assert_eq!(check(&exported(&rehearsal).await, &kept).unwrap().entries, report.entries + 1);
}

#[tokio::test]
async fn a_log_that_was_cut_and_continued_does_not_contain_the_checkpoint_that_was_kept() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.new_key().await;
    let kept = checkpoints::key(&rehearsal.keystile, &rehearsal.admin).await.unwrap();
    let cut = "DROP TRIGGER audit_is_not_shortened; DROP TRIGGER audit_checkpoints_are_not_withdrawn;
               DELETE FROM audit WHERE seq > 4; DELETE FROM audit_checkpoints";
    rehearsal.tamper(cut).await.unwrap();
    rehearsal.new_key().await;
    // By itself the log looks whole again: this is what a checkpoint is kept elsewhere for.
    assert!(rehearsal.chain().await.ok);
    let text = exported(&rehearsal).await;
    assert!(check(&text, &Kept::default()).is_ok());
    let kept = Kept { verifier: Some(kept.verifier), checkpoint: Some(kept.checkpoint) };
    assert!(matches!(check(&text, &kept), Err(BrokenExport::NotThroughKept)));
}

#[tokio::test]
async fn nothing_vouches_for_a_log_that_was_tampered_with() {
    let rehearsal = Rehearsal::begin().await;
    let change = "DROP TRIGGER audit_is_not_rewritten;
                  UPDATE audit SET entry = replace(entry, 'key.created', 'key.retired') WHERE seq = 2";
    rehearsal.tamper(change).await.unwrap();
    let refused = export(&rehearsal.keystile, &rehearsal.admin, &mut Vec::new()).await;
    assert_eq!(refused, Err(OperationError::AuditBroken { seq: 2 }));
}

#[tokio::test]
async fn an_entry_says_where_the_order_came_from() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.new_key().await;
    let newest = list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap().remove(0);
    assert_eq!(newest.from.as_deref(), Some("command line"));
}
