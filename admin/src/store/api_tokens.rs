//! API tokens: everything but the secret.

use super::row::{Row, secs};
use super::statement::{Connection, query};
use super::{Change, Snapshot, Store, StoreError};
use crate::domain::{MintingRules, Role, Scopes, Timestamp};

/// An API token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The eight characters that identify it.
    pub id: String,
    /// SHA-256 of the whole secret.
    pub secret_hash: Vec<u8>,
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// What its holder may have signed, if that is bounded.
    pub minting: Option<MintingRules>,
    /// What it is narrowed to inside its role.
    pub scopes: Scopes,
}

impl ApiToken {
    /// Whether it may be used.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

impl Snapshot {
    /// Every token, newest first.
    pub async fn api_tokens(&mut self) -> Result<Vec<ApiToken>, StoreError> {
        let rows = query("SELECT * FROM api_tokens ORDER BY created_at DESC, id")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(api_token).collect()
    }

    /// One token.
    pub async fn api_token(&mut self, id: &str) -> Result<Option<ApiToken>, StoreError> {
        find(self.connection(), id).await
    }
}

impl Store {
    /// One token, as it is at this moment: who asks is looked up with every request, and needs no transaction.
    pub async fn api_token(&self, id: &str) -> Result<Option<ApiToken>, StoreError> {
        find(self.connection().await?.lend(), id).await
    }
}

async fn find(connection: Connection<'_>, id: &str) -> Result<Option<ApiToken>, StoreError> {
    let row = query("SELECT * FROM api_tokens WHERE id = $1").bind(id).fetch_optional(connection);
    row.await?.as_ref().map(api_token).transpose()
}

impl Change {
    /// Writes a token, new, used or revoked.
    pub async fn save_api_token(&mut self, token: &ApiToken) -> Result<(), StoreError> {
        let minting = token.minting.as_ref().map(serde_json::to_string).transpose();
        let minting = minting.map_err(|_| StoreError::Unexpected("api_tokens.minting"))?;
        let scopes = Some(&token.scopes).filter(|scopes| !scopes.is_whole()).map(serde_json::to_string);
        let scopes = scopes.transpose().map_err(|_| StoreError::Unexpected("api_tokens.scopes"))?;
        query(
            "INSERT INTO api_tokens (id, secret_hash, label, role, created_at, expires_at, revoked_at, last_used_at,
                                     minting, scopes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at, last_used_at = excluded.last_used_at",
        )
        .bind(&token.id)
        .bind(&token.secret_hash)
        .bind(&token.label)
        .bind(token.role.as_str())
        .bind(secs(token.created_at))
        .bind(token.expires_at.map(secs))
        .bind(token.revoked_at.map(secs))
        .bind(token.last_used_at.map(secs))
        .bind(minting)
        .bind(scopes)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

fn api_token(row: &Row) -> Result<ApiToken, StoreError> {
    let minting = row.text_opt("minting")?.map(|json| serde_json::from_str(&json)).transpose();
    let scopes = row.text_opt("scopes")?.map(|json| serde_json::from_str(&json)).transpose();
    Ok(ApiToken {
        scopes: scopes.map_err(|_| StoreError::Unexpected("api_tokens.scopes"))?.unwrap_or_default(),
        minting: minting.map_err(|_| StoreError::Unexpected("api_tokens.minting"))?,
        id: row.text("id")?,
        secret_hash: row.bytes("secret_hash")?,
        label: row.text("label")?,
        role: row.text("role")?.parse().map_err(|_| StoreError::Unexpected("api_tokens.role"))?,
        created_at: row.at("created_at")?,
        expires_at: row.at_opt("expires_at")?,
        revoked_at: row.at_opt("revoked_at")?,
        last_used_at: row.at_opt("last_used_at")?,
    })
}
