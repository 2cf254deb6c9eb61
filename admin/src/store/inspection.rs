//! Looking at a database without changing it: for whoever asks what is wrong.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::sqlite::{BUSY_TIMEOUT, MIGRATIONS};
use super::statement::query;
use super::{Snapshot, Store, StoreError};

/// How a database fits this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Changes of the schema that this program would make when it opens it.
    pub missing: usize,
    /// Changes that this program does not know: a newer one made them.
    pub unknown: usize,
}

impl Store {
    /// Opens the database at `path`, which must be there, for reading alone.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        Ok(Self::over(SqlitePoolOptions::new().max_connections(2).connect_with(options).await?))
    }
}

impl Snapshot {
    /// How the database fits this program.
    pub async fn schema(&mut self) -> Result<Schema, StoreError> {
        let rows =
            query("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(self.connection()).await?;
        let applied: BTreeSet<u64> =
            rows.iter().map(|row| row.number("version")).collect::<Result<_, _>>()?;
        let known = MIGRATIONS.iter().filter_map(|migration| u64::try_from(migration.version).ok());
        let known: BTreeSet<u64> = known.collect();
        Ok(Schema {
            missing: known.difference(&applied).count(),
            unknown: applied.difference(&known).count(),
        })
    }

    /// The first fault of the file or of a reference in it, if there is one.
    pub async fn damage(&mut self) -> Result<Option<String>, StoreError> {
        let said = query("PRAGMA quick_check(1)").fetch_one(self.connection()).await?.text("quick_check")?;
        if said != "ok" {
            return Ok(Some(said));
        }
        let lost = query("PRAGMA foreign_key_check").fetch_optional(self.connection()).await?;
        let table = lost.map(|row| row.text("table")).transpose()?;
        Ok(table.map(|table| format!("a row of `{table}` refers to one that is not there")))
    }
}
