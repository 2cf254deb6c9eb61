//! Sealed secrets. The store never sees them open.

use super::row::Row;
use super::statement::query;
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
        let rows = query("SELECT * FROM sealed_secrets").fetch_all(self.connection()).await?;
        let secret = |row: &Row| {
            Ok(SealedSecret {
                purpose: row.text("purpose")?,
                owner: row.text("owner")?,
                name: row.text("name")?,
                sealed: sealed(row)?,
            })
        };
        rows.iter().map(secret).collect()
    }

    /// The sealed secret of this context.
    pub async fn secret(&mut self, context: &SealContext<'_>) -> Result<Option<Sealed>, StoreError> {
        let row = query(
            "SELECT wrapped_key, ciphertext FROM sealed_secrets WHERE purpose = $1 AND owner = $2 AND name = $3",
        )
        .bind(context.purpose)
        .bind(context.owner)
        .bind(context.name)
        .fetch_optional(self.connection())
        .await?;
        row.as_ref().map(sealed).transpose()
    }
}

fn sealed(row: &Row) -> Result<Sealed, StoreError> {
    Ok(Sealed { wrapped_key: row.bytes("wrapped_key")?, ciphertext: row.bytes("ciphertext")? })
}

impl Change {
    /// Keeps a sealed secret.
    pub async fn keep_secret(
        &mut self,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<(), StoreError> {
        query(
            "INSERT INTO sealed_secrets (purpose, owner, name, wrapped_key, ciphertext) VALUES ($1, $2, $3, $4, $5)",
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
        query("UPDATE sealed_secrets SET wrapped_key = $1 WHERE purpose = $2 AND owner = $3 AND name = $4")
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
        query("DELETE FROM sealed_secrets WHERE purpose = $1 AND owner = $2 AND name = $3")
            .bind(purpose)
            .bind(owner)
            .bind(name)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
