//! The keys that sign key sets in place of a root that is offline.

use super::root_keys::public_key;
use super::row::{Row, int, secs};
use super::sealed::SET_SIGNING_KEY;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Delegated, IssuerId, SetSigningKey};

impl Snapshot {
    /// The set-signing keys of an issuer, highest generation first.
    pub async fn set_signing_keys(&mut self, issuer: &IssuerId) -> Result<Vec<SetSigningKey>, StoreError> {
        let rows = query("SELECT * FROM set_signing_keys WHERE issuer = $1 ORDER BY generation DESC")
            .bind(issuer.as_str())
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(key).collect()
    }
}

impl Change {
    /// Writes a set-signing key, new or with another delegation.
    pub async fn save_set_signing_key(
        &mut self,
        issuer: &IssuerId,
        key: &SetSigningKey,
    ) -> Result<(), StoreError> {
        let delegated = key.delegation.as_ref();
        query(
            "INSERT INTO set_signing_keys
               (issuer, kid, modulus, exponent, created_at, generation, delegation, root, not_before, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (issuer, kid) DO UPDATE SET
               delegation = excluded.delegation, root = excluded.root, not_before = excluded.not_before,
               expires_at = excluded.expires_at",
        )
        .bind(issuer.as_str())
        .bind(key.kid())
        .bind(key.public.modulus())
        .bind(key.public.exponent())
        .bind(secs(key.created_at))
        .bind(int(key.generation))
        .bind(delegated.map(|it| it.document.as_str()))
        .bind(delegated.map(|it| it.root.as_str()))
        .bind(delegated.map(|it| secs(it.not_before)))
        .bind(delegated.map(|it| secs(it.expires_at)))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes the keys that a higher generation shuts out, with their private halves.
    pub async fn destroy_generations_below(
        &mut self,
        issuer: &IssuerId,
        generation: u64,
    ) -> Result<(), StoreError> {
        for key in self.set_signing_keys(issuer).await? {
            if key.generation < generation {
                self.destroy_secret(SET_SIGNING_KEY, issuer.as_str(), key.kid()).await?;
            }
        }
        query("DELETE FROM set_signing_keys WHERE issuer = $1 AND generation < $2")
            .bind(issuer.as_str())
            .bind(int(generation))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn key(row: &Row) -> Result<SetSigningKey, StoreError> {
    let delegated = |document| -> Result<Delegated, StoreError> {
        Ok(Delegated {
            document,
            root: row.text("root")?,
            not_before: row.at("not_before")?,
            expires_at: row.at("expires_at")?,
        })
    };
    Ok(SetSigningKey {
        public: public_key(row, "set_signing_keys")?,
        created_at: row.at("created_at")?,
        generation: row.number("generation")?,
        delegation: row.text_opt("delegation")?.map(delegated).transpose()?,
    })
}
