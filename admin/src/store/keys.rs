//! Keys. A row is never deleted, and a private half goes in the same breath as its key leaves.

use keystile_validator::{Limits, PublicKey};

use super::row::{Row, int, secs};
use super::sealed::TOKEN_KEY;
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{IssuerId, Key, KeyFacts, KeyRing, KeySource, KeyState, Timestamp};

impl Snapshot {
    /// Every key an issuer ever had.
    pub async fn keys(&mut self, issuer: &IssuerId) -> Result<Vec<Key>, StoreError> {
        let rows = query(
            "SELECT keys.*, CAST(CASE WHEN sealed_secrets.name IS NULL THEN 0 ELSE 1 END AS BIGINT) AS has_private_key
             FROM keys LEFT JOIN sealed_secrets
               ON purpose = $1 AND owner = keys.issuer AND name = keys.kid
             WHERE issuer = $2 ORDER BY created_at, kid",
        )
        .bind(TOKEN_KEY)
        .bind(issuer.as_str())
        .fetch_all(self.connection())
        .await?;
        rows.iter().map(key).collect()
    }
}

impl Change {
    /// Writes the keys of `ring` that are new or changed since `before`.
    pub async fn save_ring(
        &mut self,
        issuer: &IssuerId,
        before: Option<&KeyRing>,
        ring: &KeyRing,
    ) -> Result<(), StoreError> {
        let known = |key: &&Key| before.and_then(|before| before.get(key.kid()).ok()) == Some(*key);
        // The active key comes last, because the one before must have given way to it.
        let mut changed: Vec<_> = ring.keys().filter(|key| !known(key)).collect();
        changed.sort_by_key(|key| key.is_active());
        for key in changed {
            self.save_key(issuer, key).await?;
            if !key.facts().has_private_key {
                self.destroy_secret(TOKEN_KEY, issuer.as_str(), key.kid()).await?;
            }
        }
        Ok(())
    }

    async fn save_key(&mut self, issuer: &IssuerId, key: &Key) -> Result<(), StoreError> {
        let (facts, instants) = (key.facts(), Instants::of(key.state()));
        query(
            "INSERT INTO keys (issuer, kid, modulus, exponent, source, created_at, introduced_in,
                               state, published_at, confirmed_at, activated_at, superseded_at, retired_at,
                               revoked_at, revoke_reason, longest_token_lifetime_secs, sealed_until)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
             ON CONFLICT (issuer, kid) DO UPDATE SET
               state = excluded.state, introduced_in = excluded.introduced_in,
               sealed_until = excluded.sealed_until, published_at = excluded.published_at, confirmed_at = excluded.confirmed_at,
               activated_at = excluded.activated_at, superseded_at = excluded.superseded_at,
               retired_at = excluded.retired_at, revoked_at = excluded.revoked_at,
               revoke_reason = excluded.revoke_reason,
               longest_token_lifetime_secs = excluded.longest_token_lifetime_secs",
        )
        .bind(issuer.as_str())
        .bind(key.kid())
        .bind(facts.public.modulus())
        .bind(facts.public.exponent())
        .bind(facts.source.as_str())
        .bind(secs(facts.created_at))
        .bind(int(facts.introduced_in))
        .bind(key.state().as_str())
        .bind(facts.published_at.map(secs))
        .bind(facts.confirmed_at.map(secs))
        .bind(instants.activated_at.map(secs))
        .bind(instants.superseded_at.map(secs))
        .bind(instants.retired_at.map(secs))
        .bind(instants.revoked_at.map(secs))
        .bind(instants.reason)
        .bind(int(facts.longest_token_lifetime_secs))
        .bind(instants.sealed_until.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Forgets what was published, because the edge reads from another place now.
    pub async fn forget_publication(&mut self, issuer: &IssuerId) -> Result<(), StoreError> {
        query(
            "UPDATE keys SET published_at = NULL, confirmed_at = NULL WHERE issuer = $1 AND state = 'pending'",
        )
        .bind(issuer.as_str())
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

/// The instants of a state, each in a column of its own.
#[derive(Default)]
struct Instants<'a> {
    activated_at: Option<Timestamp>,
    superseded_at: Option<Timestamp>,
    retired_at: Option<Timestamp>,
    sealed_until: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    reason: Option<&'a str>,
}

impl<'a> Instants<'a> {
    fn of(state: &'a KeyState) -> Self {
        match state {
            KeyState::Pending => Self::default(),
            KeyState::Active { activated_at } => {
                Self { activated_at: Some(*activated_at), ..Self::default() }
            }
            KeyState::Retiring { activated_at, superseded_at } => Self {
                activated_at: Some(*activated_at),
                superseded_at: Some(*superseded_at),
                ..Self::default()
            },
            KeyState::Retired { activated_at, superseded_at, retired_at, sealed_until } => Self {
                activated_at: Some(*activated_at),
                superseded_at: Some(*superseded_at),
                retired_at: Some(*retired_at),
                sealed_until: *sealed_until,
                ..Self::default()
            },
            KeyState::Revoked { activated_at, superseded_at, revoked_at, reason } => Self {
                activated_at: *activated_at,
                superseded_at: *superseded_at,
                revoked_at: Some(*revoked_at),
                reason: Some(reason),
                ..Self::default()
            },
        }
    }
}

fn key(row: &Row) -> Result<Key, StoreError> {
    let public =
        PublicKey::from_components(&row.bytes("modulus")?, &row.bytes("exponent")?, &Limits::default())
            .map_err(|_| StoreError::Unexpected("keys.modulus"))?;
    let source = row.text("source")?;
    let facts = KeyFacts {
        public,
        source: KeySource::ALL
            .into_iter()
            .find(|known| known.as_str() == source)
            .ok_or(StoreError::Unexpected("keys.source"))?,
        created_at: row.at("created_at")?,
        introduced_in: row.number("introduced_in")?,
        published_at: row.at_opt("published_at")?,
        confirmed_at: row.at_opt("confirmed_at")?,
        longest_token_lifetime_secs: row.number("longest_token_lifetime_secs")?,
        has_private_key: row.number("has_private_key")? == 1,
    };
    Ok(Key::restored(facts, state(row)?))
}

fn state(row: &Row) -> Result<KeyState, StoreError> {
    Ok(match row.text("state")?.as_str() {
        "pending" => KeyState::Pending,
        "active" => KeyState::Active { activated_at: row.at("activated_at")? },
        "retiring" => KeyState::Retiring {
            activated_at: row.at("activated_at")?,
            superseded_at: row.at("superseded_at")?,
        },
        "retired" => KeyState::Retired {
            activated_at: row.at("activated_at")?,
            superseded_at: row.at("superseded_at")?,
            retired_at: row.at("retired_at")?,
            sealed_until: row.at_opt("sealed_until")?,
        },
        "revoked" => KeyState::Revoked {
            activated_at: row.at_opt("activated_at")?,
            superseded_at: row.at_opt("superseded_at")?,
            revoked_at: row.at("revoked_at")?,
            reason: row.text("revoke_reason")?,
        },
        _ => return Err(StoreError::Unexpected("keys.state")),
    })
}
