//! An open database of either make, and the two kinds of transaction.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::statement::Connection;
use super::{StoreError, postgres, sqlite};
use crate::domain::SecretText;
use crate::fault::{self, FaultPoint};

/// Long enough for a burst of other writers, short enough for a person to wait.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An open database. Cheap to share; several processes may have the same one open.
#[derive(Clone)]
pub struct Store {
    pub(super) pool: Pool,
    /// Where the writers of this process wait, in turn. Between processes SQLite polls, with a connection in hand: many
    /// writers would take the connections of all readers, and one or another would wait for seconds.
    turn: Arc<Mutex<()>>,
    place: Arc<str>,
}

#[derive(Clone)]
pub(super) enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Store {
    /// Opens the database of SQLite at `path`, and makes it where `create` says so and there is none.
    pub async fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        let pool = Pool::Sqlite(sqlite::open(path, create).await?);
        fault::reach(FaultPoint::Database);
        Ok(Self::over(pool, path.display().to_string()))
    }

    /// Opens the database of PostgreSQL at `url`, such as `postgres://user:password@host/database`.
    pub async fn connect(url: &SecretText) -> Result<Self, StoreError> {
        let (pool, place) = postgres::open(url).await?;
        fault::reach(FaultPoint::Database);
        Ok(Self::over(Pool::Postgres(pool), place))
    }

    /// A database that is open already.
    pub(super) fn over(pool: Pool, place: String) -> Self {
        Self { pool, turn: Arc::default(), place: place.into() }
    }

    /// Whether it is a file of SQLite.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.pool, Pool::Sqlite(_))
    }

    /// Where it is, for people: a path, or a URL without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// For one statement that reads.
    pub(super) async fn connection(&self) -> Result<PooledConnection, StoreError> {
        Ok(match &self.pool {
            Pool::Sqlite(pool) => PooledConnection::Sqlite(pool.acquire().await?),
            Pool::Postgres(pool) => {
                PooledConnection::Postgres(pool.acquire().await.map_err(postgres::unreachable)?)
            }
        })
    }

    /// Reads one consistent state.
    pub async fn read(&self) -> Result<Snapshot, StoreError> {
        let transaction = match &self.pool {
            Pool::Sqlite(pool) => Open::Sqlite(pool.begin().await?),
            Pool::Postgres(pool) => Open::Postgres(postgres::begin_to_read(pool).await?),
        };
        Ok(Snapshot { transaction })
    }

    /// Reads and writes, alone. Waits for another writer, but not for ever.
    pub async fn write(&self) -> Result<Change, StoreError> {
        let mut change = self.write_wherever().await?;
        match change.moved_to().await? {
            None => Ok(change),
            Some(place) => Err(StoreError::Moved(place)),
        }
    }

    /// The same in a database that the installation has moved away from.
    pub(super) async fn write_wherever(&self) -> Result<Change, StoreError> {
        let turn = timeout(BUSY_TIMEOUT, Arc::clone(&self.turn).lock_owned());
        let turn = turn.await.map_err(|_| StoreError::Busy)?;
        let transaction = match &self.pool {
            Pool::Sqlite(pool) => Open::Sqlite(sqlite::begin_to_write(pool).await?),
            Pool::Postgres(pool) => Open::Postgres(postgres::begin_to_write(pool).await?),
        };
        fault::reach(FaultPoint::Change);
        Ok(Change { snapshot: Snapshot { transaction }, _turn: turn })
    }

    /// Rids the files of the bytes of secrets that were deleted, as far as the make can.
    pub async fn scrub(&self) -> Result<(), StoreError> {
        fault::reach(FaultPoint::Scrub);
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::scrub(pool).await,
            Pool::Postgres(pool) => postgres::scrub(pool).await,
        }
    }

    /// Closes every connection.
    pub async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }
}

/// A connection outside of a transaction.
pub(super) enum PooledConnection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl PooledConnection {
    pub(super) fn lend(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

enum Open {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// One consistent state of the database.
pub struct Snapshot {
    transaction: Open,
}

impl Snapshot {
    pub(super) fn connection(&mut self) -> Connection<'_> {
        match &mut self.transaction {
            Open::Sqlite(transaction) => Connection::Sqlite(transaction),
            Open::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    /// Whether the file can be asked what only SQLite knows.
    pub(super) fn is_sqlite(&self) -> bool {
        matches!(self.transaction, Open::Sqlite(_))
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
        match self.snapshot.transaction {
            Open::Sqlite(transaction) => transaction.commit().await?,
            Open::Postgres(transaction) => postgres::commit(transaction).await?,
        }
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
