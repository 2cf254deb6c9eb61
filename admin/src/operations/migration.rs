//! A move to a database of the other make.
//!
//! Both databases are held against every other writer meanwhile. Where everything arrived and was read back, the old one is
//! left first, and then the new one is committed: killed in between, the installation changes nothing anywhere until the
//! move is begun again. Servers that still run on the old one are refused every change, and say where it has gone.

use std::path::PathBuf;

use serde::Serialize;
use serde_json::json;

use super::keystile::database;
use super::{Keystile, OperationError, audit_log};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, SecretText};
use crate::store::Store;

/// Where to.
pub enum Destination {
    /// To the database of PostgreSQL at this URL.
    Postgres(SecretText),
    /// Back into the data folder.
    Folder,
}

/// What a move is told.
pub struct MigrationOrder {
    /// Where to.
    pub to: Destination,
    /// Whether everything is done and nothing is left behind.
    pub dry_run: bool,
}

/// A move that was made, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigrationView {
    /// The database before.
    pub from: String,
    /// The database from now on, without user and password.
    pub to: String,
    /// Whether nothing was left behind.
    pub dry_run: bool,
    /// How many rows each table has, all of them read back and compared.
    pub tables: Vec<MigratedTable>,
    /// How many entries the audit log has there, every one of them the one that was written.
    pub audit_entries: u64,
}

/// A table that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MigratedTable {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
}

/// Moves the installation to an empty database of the other make.
pub async fn migrate(
    keystile: &Keystile,
    actor: &Actor,
    order: MigrationOrder,
) -> Result<MigrationView, OperationError> {
    actor.may(Permission::Administer)?;
    let target = destination(keystile, &order.to).await?;
    let moved = carry(keystile, actor, &target, order.dry_run).await;
    target.close().await;
    if let (true, Destination::Folder) = (order.dry_run || moved.is_err(), &order.to) {
        // It was made for nothing.
        let _ = std::fs::remove_file(database(keystile.data()));
    }
    moved
}

async fn destination(keystile: &Keystile, to: &Destination) -> Result<Store, OperationError> {
    match to {
        Destination::Postgres(_) if !keystile.store.is_sqlite() => {
            Err(refused("this installation is in PostgreSQL already: move it there with `pg_dump`"))
        }
        Destination::Postgres(url) => Ok(Store::connect(url).await?),
        Destination::Folder if keystile.store.is_sqlite() => {
            Err(refused("this installation is in its data folder already"))
        }
        Destination::Folder => {
            let path: PathBuf = database(keystile.data());
            match path.exists() {
                true => Err(refused(&format!("`{}` is in the way: put it elsewhere", path.display()))),
                false => Ok(Store::open(&path, true).await?),
            }
        }
    }
}

async fn carry(
    keystile: &Keystile,
    actor: &Actor,
    target: &Store,
    dry_run: bool,
) -> Result<MigrationView, OperationError> {
    let now = keystile.now();
    let (mut here, mut there) = (keystile.store.leave().await?, target.write().await?);
    // Begun again, it is in the log already.
    if here.moved_to().await?.is_none() {
        let record = Record::new(now, actor, Action::InstallationMoved, "database");
        let (before, after) = (json!(keystile.store.place()), json!(target.place()));
        here.record(record.changing(Some(before), Some(after))).await?;
    }
    let copied = here.copy_into(&mut there).await?;
    let chain = audit_log::check(&mut there).await?;
    if let Some(seq) = chain.first_broken_seq {
        return Err(OperationError::AuditBroken { seq });
    }
    if !dry_run {
        here.move_away(target.place(), now).await?;
        there.commit().await?;
    }
    Ok(MigrationView {
        from: keystile.store.place().to_owned(),
        to: target.place().to_owned(),
        dry_run,
        tables: copied
            .into_iter()
            .map(|table| MigratedTable { name: table.name, rows: table.rows })
            .collect(),
        audit_entries: chain.entries,
    })
}

fn refused(detail: &str) -> OperationError {
    OperationError::InvalidInput { field: "to", detail: detail.to_owned() }
}
