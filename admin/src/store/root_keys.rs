//! The public halves of the root keys.

use keystile_validator::{Limits, PublicKey};

use super::row::{Columns, secs};
use super::{Change, Snapshot, StoreError};
use crate::domain::Timestamp;

impl Snapshot {
    /// The root keys, newest first: the first one signs.
    pub async fn root_keys(&mut self) -> Result<Vec<PublicKey>, StoreError> {
        let rows = sqlx::query("SELECT modulus, exponent FROM root_keys ORDER BY created_at DESC, kid")
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                PublicKey::from_components(
                    &row.bytes("modulus")?,
                    &row.bytes("exponent")?,
                    &Limits::default(),
                )
                .map_err(|_| StoreError::Unexpected("root_keys"))
            })
            .collect()
    }
}

impl Change {
    /// Adds a root key.
    pub async fn add_root_key(&mut self, key: &PublicKey, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO root_keys (kid, modulus, exponent, created_at) VALUES (?, ?, ?, ?)")
            .bind(key.thumbprint().as_str())
            .bind(key.modulus())
            .bind(key.exponent())
            .bind(secs(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
