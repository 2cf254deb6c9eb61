//! Sealed secrets. The store never sees them open.

use sqlx::sqlite::SqliteRow;

use super::row::Columns;
use super::{Change, Snapshot, StoreError};
use crate::seal::{SealContext, Sealed};

/// The purpose of the private half of a token key: it goes when its key leaves.
pub const TOKEN_KEY: &str = "token-key";

/// The purpose of the private half of a root key.
pub const ROOT_KEY: &str = "root-key";
/// The purpose of the private half of the key that signs checkpoints of the audit log.
pub const AUDIT_KEY: &str = "audit-key";
/// The purpose of the private half of a set-signing key: it goes when a higher generation comes.
pub const SET_SIGNING_KEY: &str = "set-signing-key";

/// The purpose of a secret that signs what a webhook is told.
pub const WEBHOOK_SECRET: &str = "webhook-secret";

/// A sealed secret, with what it is and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSecret {
    purpose: String,
    owner: String,
    name: String,
    /// The secret.
    pub sealed: Sealed,
}

impl SealedSecret {
    /// What it is and whose.
    pub fn context(&self) -> SealContext<'_> {
        SealContext { purpose: &self.purpose, owner: &self.owner, name: &self.name }
    }
}

impl Snapshot {
    /// Every sealed secret.
    pub async fn secrets(&mut self) -> Result<Vec<SealedSecret>, StoreError> {
        let rows = sqlx::query("SELECT * FROM sealed_secrets").fetch_all(self.connection()).await?;
        let secret = |row| {
            Ok(SealedSecret {
                purpose: Columns::text(row, "purpose")?,
                owner: Columns::text(row, "owner")?,
                name: Columns::text(row, "name")?,
                sealed: sealed(row)?,
            })
        };
        rows.iter().map(secret).collect()
    }

    /// The sealed secret of this context.
    pub async fn secret(&mut self, context: &SealContext<'_>) -> Result<Option<Sealed>, StoreError> {
        let row = sqlx::query(
            "SELECT wrapped_key, ciphertext FROM sealed_secrets WHERE purpose = ? AND owner = ? AND name = ?",
        )
        .bind(context.purpose)
        .bind(context.owner)
        .bind(context.name)
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(sealed).transpose()
    }
}

fn sealed(row: &SqliteRow) -> Result<Sealed, StoreError> {
    Ok(Sealed { wrapped_key: row.bytes("wrapped_key")?, ciphertext: row.bytes("ciphertext")? })
}

impl Change {
    /// Keeps a sealed secret.
    pub async fn keep_secret(
        &mut self,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sealed_secrets (purpose, owner, name, wrapped_key, ciphertext) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(context.purpose)
        .bind(context.owner)
        .bind(context.name)
        .bind(&sealed.wrapped_key)
        .bind(&sealed.ciphertext)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Keeps another wrapping of a secret in place of the one before.
    pub async fn keep_rewrapped(
        &mut self,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<(), StoreError> {
        sqlx::query("UPDATE sealed_secrets SET wrapped_key = ? WHERE purpose = ? AND owner = ? AND name = ?")
            .bind(&sealed.wrapped_key)
            .bind(context.purpose)
            .bind(context.owner)
            .bind(context.name)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    pub(super) async fn destroy_secret(
        &mut self,
        purpose: &str,
        owner: &str,
        name: &str,
    ) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sealed_secrets WHERE purpose = ? AND owner = ? AND name = ?")
            .bind(purpose)
            .bind(owner)
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
