//! Sealed secrets. The store never sees them open.

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

impl Snapshot {
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
        row.map(|row| {
            Ok(Sealed { wrapped_key: row.bytes("wrapped_key")?, ciphertext: row.bytes("ciphertext")? })
        })
        .transpose()
    }
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
