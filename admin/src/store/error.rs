use sqlx::postgres::PgDatabaseError;

use super::postgres;

/// Why the store did not do what it was asked. Nothing was changed, except where it says that this is in doubt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process held the database for longer than we wait.
    #[error("the database is busy")]
    Busy,
    /// The file cannot be opened or written.
    #[error("the database cannot be opened: {0}")]
    Unusable(String),
    /// The server that holds the database does not let us in, or does not answer.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The connection was lost while a change was committed. This is the one error after which something may have changed.
    #[error("the connection to the database was lost during a commit, which may have been done or not: {0}")]
    InDoubt(String),
    /// There is no room for what is to be written.
    #[error("the disk of the database is full: {0}")]
    Full(String),
    /// The disk lets nothing be read or written.
    #[error("the disk of the database fails: {0}")]
    Disk(String),
    /// Where everything is to be copied to, something is already.
    #[error("the database has data already, in `{0}`: name an empty one")]
    NotEmpty(String),
    /// The installation lives in another database now.
    #[error("this installation has moved to {0}")]
    Moved(String),
    /// PostgreSQL keeps every text but such; SQLite is held to the same.
    #[error("a text holds the character U+0000, which databases cannot keep")]
    ZeroCharacter,
    /// A rule of the schema refused the change.
    #[error("the database refused a change: {0}")]
    Refused(String),
    /// What was read is not what this program writes.
    #[error("the database holds something unexpected in {0}")]
    Unexpected(&'static str),
    /// Anything else.
    #[error("the database failed: {0}")]
    Failed(String),
}

/// The primary result codes of SQLite that mean something to us (<https://www.sqlite.org/rescode.html>).
const BUSY: u32 = 5;
const LOCKED: u32 = 6;
const READ_ONLY: u32 = 8;
const IO: u32 = 10;
const FULL: u32 = 13;
const CANNOT_OPEN: u32 = 14;
const CONSTRAINT: u32 = 19;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let refused = error.as_database_error();
        if let Some(refused) = refused.and_then(|refused| refused.try_downcast_ref::<PgDatabaseError>()) {
            return postgres::refusal(refused.code(), refused.to_string());
        }
        let primary = refused
            .and_then(|error| error.code()?.parse::<u32>().ok())
            // An extended result code carries the primary one in its low byte.
            .map(|code| code & 0xff);
        match primary {
            Some(BUSY | LOCKED) => Self::Busy,
            Some(READ_ONLY | CANNOT_OPEN) => Self::Unusable(error.to_string()),
            Some(FULL) => Self::Full(error.to_string()),
            Some(IO) => Self::Disk(error.to_string()),
            Some(CONSTRAINT) => Self::Refused(error.to_string()),
            _ => match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
                sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Self::Unreachable(error.to_string()),
                other => Self::Failed(other.to_string()),
            },
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => Self::Unusable(format!("{other}; was it written by a newer keystile?")),
        }
    }
}
