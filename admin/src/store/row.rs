//! Reading columns as what the domain calls them.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::StoreError;
use crate::domain::Timestamp;

/// A number as SQLite keeps it. Saturates: what is beyond 2^63 - 1 seconds is for ever.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// An instant as SQLite keeps it.
pub(super) fn secs(at: Timestamp) -> i64 {
    int(at.as_secs())
}

pub(super) trait Columns {
    fn text(&self, column: &'static str) -> Result<String, StoreError>;
    fn text_opt(&self, column: &'static str) -> Result<Option<String>, StoreError>;
    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError>;
    fn bytes_opt(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError>;
    fn number(&self, column: &'static str) -> Result<u64, StoreError>;
    fn number_opt(&self, column: &'static str) -> Result<Option<u64>, StoreError>;
    fn at(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        self.number(column).map(Timestamp::from_secs)
    }
    fn at_opt(&self, column: &'static str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.number_opt(column)?.map(Timestamp::from_secs))
    }
}

impl Columns for SqliteRow {
    fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn text_opt(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn bytes_opt(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.try_get(column)?)
    }

    fn number(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.try_get::<i64, _>(column)?).map_err(|_| StoreError::Unexpected(column))
    }

    fn number_opt(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        self.try_get::<Option<i64>, _>(column)?
            .map(|number| u64::try_from(number).map_err(|_| StoreError::Unexpected(column)))
            .transpose()
    }
}
