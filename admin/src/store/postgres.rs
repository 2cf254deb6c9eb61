//! What is particular to PostgreSQL.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Postgres, Transaction};
use tokio::time::timeout;

use super::database::BUSY_TIMEOUT;
use super::{StoreError, migrations};
use crate::domain::SecretText;

/// No statement of ours takes so long on a machine that works; a server that was cut off would answer never.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// In it a change excludes every other writer. Any number would do that is always the same: this spells `keystile`.
const WRITER_LOCK: i64 = 0x6b65_7973_7469_6c65;

/// Opens the database and brings its schema up to date; answers where it is, too.
pub(super) async fn open(url: &SecretText) -> Result<(PgPool, String), StoreError> {
    let (pool, place) = open_to_read(url).await?;
    migrations::POSTGRES.run(&pool).await?;
    Ok((pool, place))
}

/// Opens the database as it is.
pub(super) async fn open_to_read(url: &SecretText) -> Result<(PgPool, String), StoreError> {
    let options = options(url)?;
    // A pool would try again and again, and say in the end that it has waited.
    let connected = timeout(BUSY_TIMEOUT, options.connect()).await;
    let connected = connected.unwrap_or(Err(sqlx::Error::PoolTimedOut));
    let _ = connected.map_err(unreachable)?.close().await;
    let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(BUSY_TIMEOUT);
    let place = place(&options);
    Ok((pool.connect_lazy_with(options), place))
}

/// What the driver reads from a URL. Anything else it leaves out and writes into the log, value and all: a misspelt `sslmode`
/// would be no TLS, and a misspelt `password` no secret any more.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "options",
    "application_name",
];

fn check_parameters(url: &str) -> Result<(), StoreError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    let mut names = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    match names.position(|name| !name.is_empty() && !PARAMETERS.contains(&name)) {
        None => Ok(()),
        Some(index) => Err(StoreError::Unreachable(format!(
            "parameter {} of its URL is none that is known: use some of {}",
            index + 1,
            PARAMETERS.join(", ")
        ))),
    }
}

fn options(url: &SecretText) -> Result<PgConnectOptions, StoreError> {
    check_parameters(url.reveal())?;
    // What cannot be read may hold the password, and is not shown.
    let options: PgConnectOptions = url.reveal().parse().map_err(|error: sqlx::Error| {
        StoreError::Unreachable(format!(
            "its URL cannot be read: write it like `postgres://user:password@host:5432/database` ({error})"
        ))
    })?;
    Ok(options.application_name("keystile"))
}

fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or(options.get_username());
    match options.get_socket() {
        Some(socket) => format!("postgres:{}:{}/{database}", socket.display(), options.get_port()),
        None => format!("postgres://{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

pub(super) async fn begin_to_read(pool: &PgPool) -> Result<Transaction<'static, Postgres>, StoreError> {
    answered(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await
}

/// Each statement of such a change sees what was committed before it; and since every change takes the lock before its
/// first read, nothing is committed meanwhile.
pub(super) async fn begin_to_write(pool: &PgPool) -> Result<Transaction<'static, Postgres>, StoreError> {
    // A process that is stopped in the middle of a change loses it, and with it the lock that others wait for. A commit that
    // was answered has reached the disk, whatever the server's default.
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
         SET LOCAL lock_timeout = '5s';
         SET LOCAL idle_in_transaction_session_timeout = '10s';
         SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";
    let mut transaction = answered(pool.begin_with(begin)).await?;
    let lock = sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(WRITER_LOCK);
    answered(lock.execute(&mut *transaction)).await?;
    Ok(transaction)
}

/// Where the connection is lost in between, nobody can say whether the server has done it.
pub(super) async fn commit(transaction: Transaction<'static, Postgres>) -> Result<(), StoreError> {
    match answered(transaction.commit()).await {
        Err(StoreError::Unreachable(cause)) => Err(StoreError::InDoubt(cause)),
        done => done,
    }
}

/// Writes the table of sealed secrets anew, so that none of its pages holds one that was deleted. What the server keeps
/// elsewhere, in its write-ahead log and its own backups, is beyond us.
pub(super) async fn scrub(pool: &PgPool) -> Result<(), StoreError> {
    let mut connection = answered(pool.acquire()).await?;
    for statement in ["SET lock_timeout = '5s'", "VACUUM (FULL) sealed_secrets"] {
        answered(sqlx::query(statement).execute(&mut *connection)).await?;
    }
    Ok(())
}

/// Waits for the server, but not for ever.
pub(super) async fn answered<T>(
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match timeout(ANSWER_TIMEOUT, answer).await {
        Ok(answered) => answered.map_err(unreachable),
        Err(_) => {
            let waited = ANSWER_TIMEOUT.as_secs();
            Err(StoreError::Unreachable(format!("it has not answered for {waited} s")))
        }
    }
}

/// An error while connecting. A pool whose every attempt fails says only that it has waited.
pub(super) fn unreachable(error: sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::PoolTimedOut => StoreError::Unreachable(format!(
            "there was no connection for {} s: it is down, or refuses more connections",
            BUSY_TIMEOUT.as_secs()
        )),
        other => other.into(),
    }
}

/// What the codes of PostgreSQL mean to us (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(super) fn refusal(code: &str, message: String) -> StoreError {
    match code {
        // lock_not_available, serialization_failure, deadlock_detected
        "55P03" | "40001" | "40P01" => StoreError::Busy,
        // disk_full
        "53100" => StoreError::Full(message),
        // io_error
        "58030" => StoreError::Disk(message),
        // invalid_password, invalid_authorization_specification
        "28P01" | "28000" => {
            StoreError::Unreachable(format!("{message}: check user and password in its URL"))
        }
        // invalid_catalog_name
        "3D000" => StoreError::Unreachable(format!("{message}: create it, with UTF8 as its encoding")),
        // insufficient_privilege
        "42501" => StoreError::Unreachable(format!("{message}: let its user own the database")),
        // read_only_sql_transaction
        "25006" => {
            StoreError::Unreachable(format!("{message}: its URL must name the server that takes writes"))
        }
        // character_not_in_repertoire: U+0000 is the only one
        "22021" => StoreError::ZeroCharacter,
        // raise_exception, by a trigger of ours; integrity_constraint_violation
        "P0001" => StoreError::Refused(message),
        _ if code.starts_with("23") => StoreError::Refused(message),
        // connection_exception, too_many_connections, operator_intervention (a server that stops or starts),
        // idle_in_transaction_session_timeout
        "53300" | "25P03" => StoreError::Unreachable(message),
        _ if code.starts_with("08") || code.starts_with("57P") => StoreError::Unreachable(message),
        _ => StoreError::Failed(format!("{message} ({code})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_without_user_and_password() {
        let shown = |url: &str| place(&options(&SecretText::new(url.to_owned())).unwrap());
        assert_eq!(shown("postgres://me:secret@db.example:77/keys"), "postgres://db.example:77/keys");
        assert_eq!(
            shown("postgres:///keys?host=/run/db&user=me&password=secret"),
            "postgres:/run/db:5432/keys"
        );
    }

    #[test]
    fn a_parameter_that_nobody_knows_is_refused_without_its_words_and_none_is_ignored() {
        let of = |query: &str| options(&SecretText::new(format!("postgres://me@db.example/keys?{query}")));
        for query in ["sslmod=verify-full", "sslmode=require&passwrd=secret", "secret", "SSLMODE=verify-full"]
        {
            let refused = of(query).err().unwrap().to_string();
            assert!(refused.contains("use some of sslmode") && !refused.contains("secret"), "{refused}");
        }
        for query in
            ["", "sslmode=verify-full&sslrootcert=ca.pem", "options=-c%20x=y", "host=/run/db&password=secret"]
        {
            assert!(of(query).is_ok(), "{query}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_its_words() {
        for url in ["postgres://u:secret@[/x", "postgres://u:secret@h:port/x", "postgres://h/x?port=secret"] {
            let refused = options(&SecretText::new(url.to_owned())).err().unwrap().to_string();
            assert!(refused.contains("its URL cannot be read") && !refused.contains("secret"), "{refused}");
        }
    }
}
