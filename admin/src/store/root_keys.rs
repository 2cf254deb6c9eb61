//! The public halves of the root keys.

use keystile_validator::{Limits, PublicKey};

use super::row::{Row, secs};
use super::sealed::ROOT_KEY;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Root, Timestamp};

impl Snapshot {
    /// Every root key there ever was, newest first.
    pub async fn roots(&mut self) -> Result<Vec<Root>, StoreError> {
        let rows = query(
            "SELECT root_keys.*, CAST(CASE WHEN sealed_secrets.name IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_private_key
             FROM root_keys LEFT JOIN sealed_secrets ON purpose = $1 AND owner = '' AND name = kid
             ORDER BY created_at DESC, kid",
        )
        .bind(ROOT_KEY)
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(root).collect()
    }
}

impl Change {
    /// Adds a root key.
    pub async fn add_root_key(&mut self, key: &PublicKey, now: Timestamp) -> Result<(), StoreError> {
        query("INSERT INTO root_keys (kid, modulus, exponent, created_at) VALUES ($1, $2, $3, $4)")
            .bind(key.thumbprint().as_str())
            .bind(key.modulus())
            .bind(key.exponent())
            .bind(secs(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Lets a root vouch for nothing any more, and destroys its private half where that is here.
    pub async fn withdraw_root(&mut self, kid: &str, now: Timestamp) -> Result<(), StoreError> {
        query("UPDATE root_keys SET withdrawn_at = $1 WHERE kid = $2")
            .bind(secs(now))
            .bind(kid)
            .execute(self.connection())
            .await?;
        self.destroy_secret(ROOT_KEY, "", kid).await
    }
}

fn root(row: &Row) -> Result<Root, StoreError> {
    Ok(Root {
        public: public_key(row, "root_keys")?,
        announced_at: row.at("created_at")?,
        withdrawn_at: row.at_opt("withdrawn_at")?,
        has_private_key: row.number("has_private_key")? == 1,
    })
}

/// The public key of a row with the columns `modulus` and `exponent`.
pub(super) fn public_key(row: &Row, table: &'static str) -> Result<PublicKey, StoreError> {
    PublicKey::from_components(&row.bytes("modulus")?, &row.bytes("exponent")?, &Limits::default())
        .map_err(|_| StoreError::Unexpected(table))
}
