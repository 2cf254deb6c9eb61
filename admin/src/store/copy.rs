//! One database into another, row by row and whatever their make: how an installation moves, and what a backup is made from.
//!
//! Which tables and columns there are is asked of the one that is of SQLite, so that a new table needs nothing here.

use std::collections::BTreeSet;
use std::path::Path;

use super::database::Pool;
use super::row::Row;
use super::statement::{Kind, Statement, Value, places, query};
use super::{Change, Snapshot, Store, StoreError, sqlite};
use crate::domain::Timestamp;

/// So many rows are read and written at once; with fifty columns they stay below SQLite's 32,766 parameters.
const AT_ONCE: usize = 500;

/// What was copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

impl Store {
    /// Writes one consistent state into a new file of SQLite, without what was deleted. Nobody waits for it.
    pub async fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        match &self.pool {
            Pool::Sqlite(pool) => sqlite::copy_to(pool, path).await,
            Pool::Postgres(_) => {
                let copy = Self::open(path, true).await?;
                let copied = async {
                    let mut change = copy.write().await?;
                    let tables = change.tables().await?;
                    change.take_over(&mut self.read().await?, &tables).await?;
                    change.commit().await?;
                    copy.scrub().await
                };
                let copied = copied.await;
                copy.close().await;
                copied
            }
        }
    }

    /// The beginning of a move away from here, which excludes every writer. It may be begun again after one that was
    /// interrupted.
    pub async fn leave(&self) -> Result<Change, StoreError> {
        self.write_wherever().await
    }
}

impl Change {
    /// Copies everything into an empty database of another make, reads it there, and compares. Neither is committed.
    pub async fn copy_into(&mut self, target: &mut Change) -> Result<Vec<CopiedTable>, StoreError> {
        let tables = match self.is_sqlite() {
            true => self.tables().await?,
            false => target.tables().await?,
        };
        for table in &tables {
            if !table.page(target, None).await?.is_empty() {
                return Err(StoreError::NotEmpty(table.name.clone()));
            }
        }
        let copied = target.take_over(self, &tables).await?;
        for table in &tables {
            table.compare(self, target).await?;
        }
        Ok(copied)
    }

    /// Notes that the installation lives elsewhere, and leaves that behind.
    pub async fn move_away(mut self, place: &str, now: Timestamp) -> Result<(), StoreError> {
        self.note_moved(place, now).await?;
        self.commit().await
    }

    async fn take_over(
        &mut self,
        source: &mut Snapshot,
        tables: &[Table],
    ) -> Result<Vec<CopiedTable>, StoreError> {
        let mut copied = Vec::with_capacity(tables.len());
        for table in tables {
            let (mut rows, mut last) = (0, None);
            loop {
                let page = table.page(source, last.as_deref()).await?;
                let Some(final_row) = page.last() else { break };
                rows += page.len() as u64;
                last = Some(table.key_of(final_row));
                table.insert(self, page).await?;
            }
            copied.push(CopiedTable { name: table.name.clone(), rows });
        }
        // Also the numbers of what was forgotten are never used again.
        let number = source.last_revocation_number().await?;
        self.number_revocations_after(number).await?;
        Ok(copied)
    }
}

/// A table, as SQLite describes it.
struct Table {
    name: String,
    columns: Vec<(String, Kind)>,
    /// Which columns are its primary key.
    key: Vec<usize>,
}

impl Snapshot {
    /// Every table of a database of SQLite but its own and where it has moved to; those that others refer to come first.
    async fn tables(&mut self) -> Result<Vec<Table>, StoreError> {
        let rows = query(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
               AND name NOT IN ('_sqlx_migrations', 'moved') ORDER BY name",
        )
        .fetch_all(self.connection())
        .await?;
        let mut waiting = Vec::new();
        for row in rows {
            let name = row.text("name")?;
            waiting.push((self.table(&name).await?, self.referred_by(&name).await?));
        }
        let (mut tables, mut known) = (Vec::new(), BTreeSet::new());
        while !waiting.is_empty() {
            let (ready, rest): (Vec<_>, _) =
                waiting.into_iter().partition(|(_, referred)| referred.is_subset(&known));
            if ready.is_empty() {
                return Err(StoreError::Unexpected("sqlite_schema"));
            }
            known.extend(ready.iter().map(|(table, _)| table.name.clone()));
            tables.extend(ready.into_iter().map(|(table, _)| table));
            waiting = rest;
        }
        Ok(tables)
    }

    async fn table(&mut self, name: &str) -> Result<Table, StoreError> {
        let rows = query("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid")
            .bind(name)
            .fetch_all(self.connection())
            .await?;
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        for (index, row) in rows.iter().enumerate() {
            let kind = Kind::of_sqlite(&row.text("type")?).ok_or(StoreError::Unexpected("sqlite_schema"))?;
            columns.push((row.text("name")?, kind));
            match row.number("pk")? {
                0 => {}
                place => key.push((place, index)),
            }
        }
        key.sort_unstable();
        Ok(Table { name: name.to_owned(), columns, key: key.into_iter().map(|(_, index)| index).collect() })
    }

    async fn referred_by(&mut self, name: &str) -> Result<BTreeSet<String>, StoreError> {
        let rows =
            query("SELECT \"table\" AS referred FROM pragma_foreign_key_list($1) WHERE \"table\" <> $1")
                .bind(name)
                .fetch_all(self.connection())
                .await?;
        rows.iter().map(|row| row.text("referred")).collect()
    }
}

impl Table {
    /// The next rows after those up to the key `last`, in the order of keys.
    async fn page(
        &self,
        snapshot: &mut Snapshot,
        last: Option<&[Value]>,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        let names = |columns: &mut dyn Iterator<Item = usize>| {
            let quoted = columns.filter_map(|index| Some(format!("\"{}\"", self.columns.get(index)?.0)));
            quoted.collect::<Vec<_>>().join(", ")
        };
        let (all, key) = (names(&mut (0..self.columns.len())), names(&mut self.key.iter().copied()));
        let after = last.map(|_| format!("WHERE ({key}) > {}", places(0, 1, self.key.len())));
        let select = Statement::made(format!(
            "SELECT {all} FROM \"{}\" {} ORDER BY {key} LIMIT {AT_ONCE}",
            self.name,
            after.unwrap_or_default()
        ));
        let rows = last.into_iter().flatten().cloned().fold(select, Statement::bind);
        let rows = rows.fetch_all(snapshot.connection()).await?;
        rows.iter().map(|row| self.values(row)).collect()
    }

    fn values(&self, row: &Row) -> Result<Vec<Value>, StoreError> {
        self.columns.iter().enumerate().map(|(index, (_, kind))| row.value(index, *kind)).collect()
    }

    fn key_of(&self, row: &[Value]) -> Vec<Value> {
        self.key.iter().filter_map(|index| row.get(*index).cloned()).collect()
    }

    async fn insert(&self, change: &mut Change, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let insert = Statement::made(format!(
            "INSERT INTO \"{}\" ({}) VALUES {}",
            self.name,
            names.join(", "),
            places(0, rows.len(), names.len())
        ));
        rows.into_iter().flatten().fold(insert, Statement::bind).execute(change.connection()).await?;
        Ok(())
    }

    /// Whether both hold the same rows.
    async fn compare(&self, one: &mut Snapshot, other: &mut Snapshot) -> Result<(), StoreError> {
        let mut last: Option<Vec<Value>> = None;
        loop {
            let page = self.page(one, last.as_deref()).await?;
            if page != self.page(other, last.as_deref()).await? {
                let name = &self.name;
                return Err(StoreError::Failed(format!("`{name}` is not the same after it was copied")));
            }
            match page.last() {
                Some(row) => last = Some(self.key_of(row)),
                None => return Ok(()),
            }
        }
    }
}
