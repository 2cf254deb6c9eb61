//! Opening the database, and the two kinds of transaction.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::StoreError;
use super::statement::Connection;
use crate::fault::{self, FaultPoint};

/// Long enough for a burst of other writers, short enough for a person to wait.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Every change of the schema there was.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// An open database. Cheap to share; several processes may have the same one open.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    /// Where the writers of this process wait, in turn. Between processes SQLite polls, with a connection in hand: many
    /// writers would take the connections of all readers, and one or another would wait for seconds.
    turn: Arc<Mutex<()>>,
}

impl Store {
    /// Opens the database at `path`, and makes it where `create` says so and there is none.
    pub async fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
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
        // A connection to a file does not go away by itself, so that it need not be tried before each use.
        let pool = SqlitePoolOptions::new().max_connections(8).test_before_acquire(false);
        let pool = pool.connect_with(options).await?;
        MIGRATIONS.run(&pool).await?;
        fault::reach(FaultPoint::Database);
        Ok(Self::over(pool))
    }

    /// A database that is open already.
    pub(super) fn over(pool: SqlitePool) -> Self {
        Self { pool, turn: Arc::default() }
    }

    /// For one statement that reads.
    pub(super) async fn connection(&self) -> Result<PooledConnection, StoreError> {
        Ok(PooledConnection(self.pool.acquire().await?))
    }

    /// Reads one consistent state.
    pub async fn read(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot { transaction: self.pool.begin().await? })
    }

    /// Reads and writes, alone. Waits for another writer, but not for ever.
    pub async fn write(&self) -> Result<Change, StoreError> {
        let turn = timeout(BUSY_TIMEOUT, Arc::clone(&self.turn).lock_owned());
        let turn = turn.await.map_err(|_| StoreError::Busy)?;
        // IMMEDIATE takes the write lock before the first read, so that what is read stays true until the commit.
        let transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        fault::reach(FaultPoint::Change);
        Ok(Change { snapshot: Snapshot { transaction }, _turn: turn })
    }

    /// Empties the write-ahead log, in which overwritten bytes would otherwise outlive their page.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        fault::reach(FaultPoint::Scrub);
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await?;
        Ok(())
    }

    /// Writes one consistent state into a new file, without what was deleted. Nobody waits for it.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let path = path.to_str().ok_or_else(|| StoreError::Unusable("the path is not UTF-8".to_owned()))?;
        sqlx::query("VACUUM INTO ?").bind(path).execute(&self.pool).await?;
        Ok(())
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A connection outside of a transaction.
pub(super) struct PooledConnection(PoolConnection<Sqlite>);

impl PooledConnection {
    pub(super) fn lend(&mut self) -> Connection<'_> {
        Connection::Sqlite(&mut self.0)
    }
}

/// One consistent state of the database.
pub struct Snapshot {
    transaction: Transaction<'static, Sqlite>,
}

impl Snapshot {
    pub(super) fn connection(&mut self) -> Connection<'_> {
        Connection::Sqlite(&mut self.transaction)
    }
}

/// A change that is not there until it is committed. Dropped, it never was.
pub struct Change {
    snapshot: Snapshot,
    _turn: OwnedMutexGuard<()>,
}

impl Change {
    /// Leaves everything that was done behind, at once and on the disk.
    pub async fn commit(self) -> Result<(), StoreError> {
        fault::reach(FaultPoint::Commit);
        self.snapshot.transaction.commit().await?;
        fault::reach(FaultPoint::Committed);
        Ok(())
    }

    /// For one statement: a crash between any two must leave nothing half done.
    pub(super) fn connection(&mut self) -> Connection<'_> {
        fault::reach(FaultPoint::Statement);
        self.snapshot.connection()
    }
}

impl Deref for Change {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

impl DerefMut for Change {
    fn deref_mut(&mut self) -> &mut Snapshot {
        &mut self.snapshot
    }
}
