//! What is particular to SQLite.

use std::path::Path;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, Sqlite, Transaction};

use super::database::BUSY_TIMEOUT;
use super::{StoreError, migrations};

pub(super) async fn open(path: &Path, create: bool) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(create)
        .journal_mode(SqliteJournalMode::Wal)
        // A commit that was answered has reached the disk, even if the power fails the moment after.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // What is deleted is overwritten: a private half must not linger in a free page.
        .pragma("secure_delete", "ON");
    let pool = SqlitePoolOptions::new()
        .max_connections(8)
        // A connection to a file does not go away by itself, so that it need not be tried before each use.
        .test_before_acquire(false)
        // A full disk makes SQLite roll back by itself; sqlx believes then that the change goes on, and begins none ever after.
        .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }));
    let pool = pool.connect_with(options).await?;
    migrations::SQLITE.run(&pool).await?;
    Ok(pool)
}

/// The file must be there; nothing is changed in it.
pub(super) async fn open_to_read(path: &Path) -> Result<SqlitePool, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
    Ok(SqlitePoolOptions::new().max_connections(2).connect_with(options).await?)
}

/// IMMEDIATE takes the write lock before the first read, so that what is read stays true until the commit.
pub(super) async fn begin_to_write(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, StoreError> {
    Ok(pool.begin_with("BEGIN IMMEDIATE").await?)
}

/// Empties the write-ahead log, in which overwritten bytes would otherwise outlive their page.
pub(super) async fn scrub(pool: &SqlitePool) -> Result<(), StoreError> {
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(pool).await?;
    Ok(())
}

/// Writes one consistent state into a new file, without what was deleted. Nobody waits for it.
pub(super) async fn copy_to(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let path = path.to_str().ok_or_else(|| StoreError::Unusable("the path is not UTF-8".to_owned()))?;
    sqlx::query("VACUUM INTO ?").bind(path).execute(pool).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_begins_after_one_that_sqlite_has_rolled_back_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let pool = open(&folder.path().join("keystile.db"), true).await.unwrap();
        let mut change = begin_to_write(&pool).await.unwrap();
        // As a full disk does it, of which nobody tells sqlx.
        sqlx::query("ROLLBACK").execute(&mut *change).await.unwrap();
        drop(change);
        while pool.num_idle() == 0 {
            tokio::task::yield_now().await;
        }
        begin_to_write(&pool).await.unwrap().commit().await.unwrap();
    }
}
