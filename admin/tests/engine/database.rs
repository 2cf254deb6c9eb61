//! Where the tests keep their data: in the folder of each, or in a database of its own on the PostgreSQL that the environment
//! names. The test command runs the contract of the store, and much else, on both.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};

use keystile_admin::domain::SecretText;
use keystile_admin::store::Store;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

/// The URL of a server on which databases may be made.
const SERVER: &str = "KEYSTILE_TEST_POSTGRES";

/// Which folder's data is in which database.
static DATABASES: LazyLock<Mutex<HashMap<PathBuf, String>>> = LazyLock::new(Mutex::default);

/// Makes the database of a folder, where there is a server for it.
pub(crate) async fn prepare(folder: &Path) {
    if let Some(url) = another().await {
        DATABASES.lock().unwrap().insert(folder.to_owned(), url);
    }
}

/// The database of a folder; `None` where it is in the folder.
pub(crate) fn of(folder: &Path) -> Option<String> {
    DATABASES.lock().unwrap().get(folder).cloned()
}

/// What the environment says of it to a server on this folder.
pub(crate) fn variable(folder: &Path) -> Option<(&'static str, String)> {
    of(folder).map(|url| ("KEYSTILE__DATABASE__URL", url))
}

/// A new and empty database; `None` where there is no server.
pub(crate) async fn another() -> Option<String> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let server = std::env::var(SERVER).ok()?;
    let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let options: PgConnectOptions = server.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    Some(server.replace("/postgres?", &format!("/{name}?")))
}

/// Does something to a database behind the server's back.
pub(crate) async fn execute(url: &str, sql: &'static str) {
    let options: PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// An empty store, and a second handle as another process would have it.
pub(crate) struct Stores {
    pub(crate) one: Store,
    pub(crate) other: Store,
    _folder: TempDir,
}

impl Stores {
    pub(crate) async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        prepare(folder.path()).await;
        let (one, other) = (open(folder.path()).await, open(folder.path()).await);
        Self { one, other, _folder: folder }
    }
}

async fn open(folder: &Path) -> Store {
    match of(folder) {
        Some(url) => Store::connect(&SecretText::new(url)).await.unwrap(),
        None => Store::open(&folder.join("keystile.db"), true).await.unwrap(),
    }
}
