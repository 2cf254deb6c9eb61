//! Statements, written once in the SQL that every make of database understands: parameters are `$1`, `$2` and so on, a row
//! that may be there is written with `ON CONFLICT`, and whatever is computed is cast to BIGINT.
//!
//! sqlx's own driver for any database takes a connection from a URL alone, so that neither the safe settings of SQLite nor a
//! password that is not part of a text could be given to it.

use std::borrow::Cow;

use futures_util::future::BoxFuture;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Sqlite, SqliteConnection};

use super::StoreError;
use super::postgres::answered;
use super::row::Row;

/// An open connection of one make or another.
pub(super) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A value of one of the three types that columns have. That of `None` is known too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}

impl Kind {
    /// By its name in a strict table of SQLite.
    pub(super) fn of_sqlite(name: &str) -> Option<Self> {
        Some(match name {
            "INTEGER" => Self::Int,
            "TEXT" => Self::Text,
            "BLOB" => Self::Bytes,
            _ => return None,
        })
    }
}

/// What may stand for a parameter.
pub(super) trait Parameter {
    fn value(self) -> Value;
}

/// What may stand for a parameter, or be missing.
pub(super) trait Optional: Parameter {
    /// What `None` of it is.
    const NULL: Value;
}

/// What a statement answers. Boxed, because the compiler loses sight of `Send` in the futures of the drivers.
type Answer<'c, T> = BoxFuture<'c, Result<T, StoreError>>;

/// A statement with its parameters.
pub(super) struct Statement {
    sql: Cow<'static, str>,
    parameters: Vec<Value>,
}

/// A statement that is the same every time.
pub(super) fn query(sql: &'static str) -> Statement {
    Statement { sql: Cow::Borrowed(sql), parameters: Vec::new() }
}

impl Statement {
    /// A statement that is made for its number of parameters, which alone may differ.
    pub(super) fn made(sql: String) -> Self {
        Self { sql: Cow::Owned(sql), parameters: Vec::new() }
    }

    /// The next parameter.
    pub(super) fn bind(mut self, parameter: impl Parameter) -> Self {
        self.parameters.push(parameter.value());
        self
    }

    /// Does it; answers how many rows it has changed.
    pub(super) fn execute(self, connection: Connection<'_>) -> Answer<'_, u64> {
        Box::pin(async {
            Ok(match connection {
                Connection::Sqlite(connection) => {
                    self.of_sqlite()?.execute(connection).await?.rows_affected()
                }
                Connection::Postgres(connection) => {
                    answered(self.of_postgres().execute(connection)).await?.rows_affected()
                }
            })
        })
    }

    /// Every row.
    pub(super) fn fetch_all(self, connection: Connection<'_>) -> Answer<'_, Vec<Row>> {
        Box::pin(async {
            Ok(match connection {
                Connection::Sqlite(connection) => {
                    self.of_sqlite()?.fetch_all(connection).await?.into_iter().map(Row::Sqlite).collect()
                }
                Connection::Postgres(connection) => {
                    let rows = answered(self.of_postgres().fetch_all(connection)).await?;
                    rows.into_iter().map(Row::Postgres).collect()
                }
            })
        })
    }

    /// The first row, if there is one.
    pub(super) fn fetch_optional(self, connection: Connection<'_>) -> Answer<'_, Option<Row>> {
        Box::pin(async {
            Ok(match connection {
                Connection::Sqlite(connection) => {
                    self.of_sqlite()?.fetch_optional(connection).await?.map(Row::Sqlite)
                }
                Connection::Postgres(connection) => {
                    answered(self.of_postgres().fetch_optional(connection)).await?.map(Row::Postgres)
                }
            })
        })
    }

    /// The first row, which there is.
    pub(super) fn fetch_one(self, connection: Connection<'_>) -> Answer<'_, Row> {
        Box::pin(async {
            self.fetch_optional(connection).await?.ok_or_else(|| sqlx::Error::RowNotFound.into())
        })
    }

    fn of_sqlite(self) -> Result<Query<'static, Sqlite, SqliteArguments>, StoreError> {
        let holds_zero = |it: &Value| matches!(it, Value::Text(Some(text)) if text.contains('\0'));
        if self.parameters.iter().any(holds_zero) {
            return Err(StoreError::ZeroCharacter);
        }
        let query = sqlx::query(AssertSqlSafe(self.sql));
        Ok(self.parameters.into_iter().fold(query, |query, parameter| match parameter {
            Value::Int(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
        }))
    }

    fn of_postgres(self) -> Query<'static, Postgres, PgArguments> {
        let query = sqlx::query(AssertSqlSafe(self.sql));
        self.parameters.into_iter().fold(query, |query, parameter| match parameter {
            Value::Int(number) => query.bind(number),
            Value::Text(text) => query.bind(text),
            Value::Bytes(bytes) => query.bind(bytes),
        })
    }
}

/// `($2, $3), ($4, $5)` for two rows of two values that follow one parameter.
pub(super) fn places(after: usize, rows: usize, width: usize) -> String {
    let row = |row: usize| {
        let first = after + row * width + 1;
        let places: Vec<_> = (first..first + width).map(|number| format!("${number}")).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

impl Parameter for Value {
    fn value(self) -> Value {
        self
    }
}

impl Parameter for i64 {
    fn value(self) -> Value {
        Value::Int(Some(self))
    }
}

impl Optional for i64 {
    const NULL: Value = Value::Int(None);
}

impl Parameter for u32 {
    fn value(self) -> Value {
        Value::Int(Some(self.into()))
    }
}

/// Truth is kept as 1, and everything else as 0.
impl Parameter for bool {
    fn value(self) -> Value {
        Value::Int(Some(self.into()))
    }
}

impl Parameter for String {
    fn value(self) -> Value {
        Value::Text(Some(self))
    }
}

impl Optional for String {
    const NULL: Value = Value::Text(None);
}

impl Parameter for &str {
    fn value(self) -> Value {
        Value::Text(Some(self.to_owned()))
    }
}

impl Optional for &str {
    const NULL: Value = Value::Text(None);
}

impl Parameter for Vec<u8> {
    fn value(self) -> Value {
        Value::Bytes(Some(self))
    }
}

impl Optional for Vec<u8> {
    const NULL: Value = Value::Bytes(None);
}

impl Parameter for &[u8] {
    fn value(self) -> Value {
        Value::Bytes(Some(self.to_owned()))
    }
}

impl Optional for &[u8] {
    const NULL: Value = Value::Bytes(None);
}

impl<P: Optional> Parameter for Option<P> {
    fn value(self) -> Value {
        self.map_or(P::NULL, P::value)
    }
}

impl<P: Clone + Parameter> Parameter for &P {
    fn value(self) -> Value {
        self.clone().value()
    }
}

impl<P: Clone + Optional> Optional for &P {
    const NULL: Value = P::NULL;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_numbered_on_from_the_parameters_before_them() {
        assert_eq!(places(1, 2, 2), "($2, $3), ($4, $5)");
        assert_eq!(places(0, 1, 1), "($1)");
        assert_eq!(places(3, 0, 2), "");
    }

    #[test]
    fn nothing_has_the_type_of_what_it_is_not() {
        assert_eq!(None::<&str>.value(), Value::Text(None));
        assert_eq!((&None::<String>).value(), Value::Text(None));
        assert_eq!(None::<i64>.value(), Value::Int(None));
        assert_eq!(true.value(), Value::Int(Some(1)));
        assert_eq!(None::<Vec<u8>>.value(), Value::Bytes(None));
    }
}
