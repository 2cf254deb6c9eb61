//! Looking at a database without changing it: for whoever asks what is wrong.

use std::collections::BTreeSet;
use std::path::Path;

use super::database::Pool;
use super::statement::query;
use super::{Snapshot, Store, StoreError, migrations, postgres, sqlite};
use crate::domain::SecretText;

/// How a database fits this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Changes of the schema that this program would make when it opens it.
    pub missing: usize,
    /// Changes that this program does not know: a newer one made them.
    pub unknown: usize,
}

impl Store {
    /// Opens the database of SQLite at `path`, which must be there, for reading alone.
    pub async fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        let pool = sqlite::open_to_read(path).await?;
        Ok(Self::over(Pool::Sqlite(pool), path.display().to_string()))
    }

    /// Opens the database of PostgreSQL at `url` as it is.
    pub async fn connect_to_read(url: &SecretText) -> Result<Self, StoreError> {
        let (pool, place) = postgres::open_to_read(url).await?;
        Ok(Self::over(Pool::Postgres(pool), place))
    }
}

impl Snapshot {
    /// How the database fits this program.
    pub async fn schema(&mut self) -> Result<Schema, StoreError> {
        if !self.is_sqlite() && !self.has_migrations().await? {
            return Ok(Schema { missing: migrations::POSTGRES.iter().count(), unknown: 0 });
        }
        let rows =
            query("SELECT version FROM _sqlx_migrations WHERE success").fetch_all(self.connection()).await?;
        let applied: BTreeSet<u64> =
            rows.iter().map(|row| row.number("version")).collect::<Result<_, _>>()?;
        let migrations = if self.is_sqlite() { &migrations::SQLITE } else { &migrations::POSTGRES };
        let known = migrations.iter().filter_map(|migration| u64::try_from(migration.version).ok());
        let known: BTreeSet<u64> = known.collect();
        Ok(Schema {
            missing: known.difference(&applied).count(),
            unknown: applied.difference(&known).count(),
        })
    }

    /// Whether a server has ever opened this database of PostgreSQL.
    async fn has_migrations(&mut self) -> Result<bool, StoreError> {
        let table = query(
            "SELECT 1 FROM pg_tables WHERE tablename = '_sqlx_migrations' AND schemaname = current_schema()",
        );
        Ok(table.fetch_optional(self.connection()).await?.is_some())
    }

    /// The first fault of the file or of a reference in it, if there is one. PostgreSQL looks after its own.
    pub async fn damage(&mut self) -> Result<Option<String>, StoreError> {
        if !self.is_sqlite() {
            return Ok(None);
        }
        let said = query("PRAGMA quick_check(1)").fetch_one(self.connection()).await?.text("quick_check")?;
        if said != "ok" {
            return Ok(Some(said));
        }
        let lost = query("PRAGMA foreign_key_check").fetch_optional(self.connection()).await?;
        let table = lost.map(|row| row.text("table")).transpose()?;
        Ok(table.map(|table| format!("a row of `{table}` refers to one that is not there")))
    }
}
