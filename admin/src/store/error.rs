/// Why the store did not do what it was asked. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process held the database for longer than we wait.
    #[error("the database is busy")]
    Busy,
    /// The file cannot be opened or written.
    #[error("the database cannot be opened: {0}")]
    Unusable(String),
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
const CANNOT_OPEN: u32 = 14;
const CONSTRAINT: u32 = 19;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let primary = error
            .as_database_error()
            .and_then(|error| error.code()?.parse::<u32>().ok())
            // An extended result code carries the primary one in its low byte.
            .map(|code| code & 0xff);
        match primary {
            Some(BUSY | LOCKED) => Self::Busy,
            Some(READ_ONLY | CANNOT_OPEN) => Self::Unusable(error.to_string()),
            Some(CONSTRAINT) => Self::Refused(error.to_string()),
            _ => match error {
                sqlx::Error::PoolTimedOut => Self::Busy,
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
