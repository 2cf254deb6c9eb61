//! Reading columns as what the domain calls them.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use super::StoreError;
use super::statement::{Kind, Value};
use crate::domain::Timestamp;

/// A number as databases keep it. Saturates: what is beyond 2^63 - 1 seconds is for ever.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An instant as databases keep it.
pub(super) fn secs(at: Timestamp) -> i64 {
    int(at.as_secs())
}

/// A row of one make or another.
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.text_opt(column)?.ok_or(StoreError::Unexpected(column))
    }

    pub(super) fn text_opt(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(super) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        self.bytes_opt(column)?.ok_or(StoreError::Unexpected(column))
    }

    pub(super) fn bytes_opt(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    pub(super) fn number(&self, column: &'static str) -> Result<u64, StoreError> {
        self.number_opt(column)?.ok_or(StoreError::Unexpected(column))
    }

    pub(super) fn number_opt(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        let number: Option<i64> = match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        };
        number.map(|number| u64::try_from(number).map_err(|_| StoreError::Unexpected(column))).transpose()
    }

    /// The value of any column, by its place.
    pub(super) fn value(&self, index: usize, kind: Kind) -> Result<Value, StoreError> {
        Ok(match (self, kind) {
            (Self::Sqlite(row), Kind::Int) => Value::Int(row.try_get(index)?),
            (Self::Sqlite(row), Kind::Text) => Value::Text(row.try_get(index)?),
            (Self::Sqlite(row), Kind::Bytes) => Value::Bytes(row.try_get(index)?),
            (Self::Postgres(row), Kind::Int) => Value::Int(row.try_get(index)?),
            (Self::Postgres(row), Kind::Text) => Value::Text(row.try_get(index)?),
            (Self::Postgres(row), Kind::Bytes) => Value::Bytes(row.try_get(index)?),
        })
    }

    pub(super) fn at(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.number(column).map(Timestamp::from_secs)
    }

    pub(super) fn at_opt(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.number_opt(column)?.map(Timestamp::from_secs))
    }
}
