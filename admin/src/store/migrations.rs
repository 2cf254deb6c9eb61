//! Every change of the schema there was, as part of the program.
//!
//! sqlx has a macro for this. It would have sqlx with SQLite and PostgreSQL compiled once more, for the compiler.

use std::sync::LazyLock;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Names of files, each with what is in it.
macro_rules! files {
    ($folder:literal, $($name:literal)*) => {
        [$(($name, include_str!(concat!("../../", $folder, "/", $name, ".sql")))),*]
    };
}

pub(super) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(&SQLITE_FILES));
/// Since there was a store in PostgreSQL.
pub(super) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| migrator(&POSTGRES_FILES));

static SQLITE_FILES: [(&str, &str); 23] = files!["migrations",
    "0001_first"
    "0002_rotation"
    "0003_single_writer"
    "0004_roots"
    "0010_revocations"
    "0020_tokens_without_kid"
    "0030_audit_checkpoints"
    "0031_edge_hours"
    "0032_master_key"
    "0040_alerts"
    "0041_notifications"
    "0050_hand_off"
    "0051_minting_rules"
    "0060_idempotency"
    "0061_revoked_bytes"
    "0062_moved"
    "0070_approvals"
    "0071_users"
    "0072_scopes"
    "0073_provider"
    "0074_wrapped_master_key"
    "0090_retention"
    "0091_passkeys"
];
static POSTGRES_FILES: [(&str, &str); 9] = files!["migrations/postgres",
    "0061_first"
    "0062_moved"
    "0070_approvals"
    "0071_users"
    "0072_scopes"
    "0073_provider"
    "0074_wrapped_master_key"
    "0090_retention"
    "0091_passkeys"
];

/// A file's number is its change's, and the words after it say what the change is about.
fn migrator(files: &[(&'static str, &'static str)]) -> Migrator {
    let changes = files.iter().filter_map(|(name, sql)| {
        let (number, title) = name.split_once('_')?;
        let (number, title) = (number.parse().ok()?, title.replace('_', " "));
        Some(Migration::new(number, title.into(), MigrationType::Simple, sql.into_sql_str(), false))
    });
    Migrator::with_migrations(changes.collect())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The first of PostgreSQL makes what those of SQLite up to its number have made.
    const FIRST: i64 = 61;

    fn versions(migrator: &Migrator) -> Vec<i64> {
        migrator.iter().map(|it| it.version).collect()
    }

    #[test]
    fn every_change_of_the_schema_has_a_file_of_the_same_number_for_each_make() {
        let later: Vec<i64> = versions(&SQLITE).into_iter().filter(|version| *version >= FIRST).collect();
        assert_eq!(later, versions(&POSTGRES));
    }

    #[test]
    fn every_file_is_part_of_the_program() {
        for (folder, migrator) in [("migrations", &SQLITE), ("migrations/postgres", &POSTGRES)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            let names =
                fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
            let mut numbers: Vec<i64> =
                names.filter_map(|name| name.strip_suffix(".sql")?.split_once('_')?.0.parse().ok()).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, versions(migrator));
        }
    }
}
