//! The audit log of a real server, and what tampering with its database does.

use keystile_admin::operations::audit_log::{ChainView, list, verify};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    async fn chain(&self) -> ChainView {
        verify(&self.keystile, &self.admin).await.unwrap()
    }

    /// Does to the database what an attacker with its file would.
    async fn tamper(&self, sql: &'static str) -> Result<(), sqlx::Error> {
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
