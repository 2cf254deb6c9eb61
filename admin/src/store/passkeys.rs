//! Passkeys of users, and the challenges that wait for an answer of one.

use super::row::{Row, int, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{AttemptKind, PasskeyName, Timestamp};

/// A passkey, with what its answers are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPasskey {
    /// What its authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Whose it is.
    pub user: String,
    /// What its authenticator calls the user.
    pub user_handle: Vec<u8>,
    /// What its owner calls it.
    pub name: PasskeyName,
    /// A COSE_Key.
    pub public_key: Vec<u8>,
    /// The highest count that was seen.
    pub counter: u32,
    /// Whether its owner's devices may share it.
    pub backup_eligible: bool,
    /// How it can be reached, as its browser said.
    pub transports: Vec<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    pub last_used_at: Option<Timestamp>,
}

/// A challenge that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyAttempt {
    /// SHA-256 of what the answer comes with.
    pub secret_hash: Vec<u8>,
    /// Who must answer.
    pub user: String,
    /// What for.
    pub kind: AttemptKind,
    /// What is asked.
    pub challenge: [u8; 32],
    /// What an authenticator calls the user.
    pub user_handle: Vec<u8>,
    /// From when on it is too late.
    pub ends_at: Timestamp,
}

impl Snapshot {
    /// The passkeys of a user, the first one first.
    pub async fn passkeys_of(&mut self, user: &str) -> Result<Vec<StoredPasskey>, StoreError> {
        let rows = query("SELECT * FROM passkeys WHERE user_name = $1 ORDER BY created_at, credential_id")
            .bind(user)
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(stored).collect()
    }

    /// Whether anybody has this passkey.
    pub async fn has_passkey(&mut self, credential_id: &[u8]) -> Result<bool, StoreError> {
        let row = query("SELECT 1 FROM passkeys WHERE credential_id = $1")
            .bind(credential_id)
            .fetch_optional(self.connection())
            .await?;
        Ok(row.is_some())
    }
}

impl Change {
    /// Writes a passkey, new or used.
    pub async fn save_passkey(&mut self, it: &StoredPasskey) -> Result<(), StoreError> {
        query(
            "INSERT INTO passkeys (credential_id, user_name, user_handle, name, public_key, counter,
                 backup_eligible, transports, created_at, last_used_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (credential_id) DO UPDATE SET counter = excluded.counter,
                 last_used_at = excluded.last_used_at",
        )
        .bind(&it.credential_id)
        .bind(it.user.as_str())
        .bind(&it.user_handle)
        .bind(it.name.as_str())
        .bind(&it.public_key)
        .bind(i64::from(it.counter))
        .bind(i64::from(it.backup_eligible))
        .bind(it.transports.join(","))
        .bind(secs(it.created_at))
        .bind(it.last_used_at.map(secs))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a passkey.
    pub async fn remove_passkey(&mut self, credential_id: &[u8]) -> Result<(), StoreError> {
        query("DELETE FROM passkeys WHERE credential_id = $1")
            .bind(credential_id)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Removes every passkey of a user.
    pub async fn remove_passkeys_of(&mut self, user: &str) -> Result<(), StoreError> {
        query("DELETE FROM passkeys WHERE user_name = $1").bind(user).execute(self.connection()).await?;
        Ok(())
    }

    /// Keeps a challenge, and the newest ones of its user: `most` in all.
    pub async fn save_attempt(&mut self, it: &PasskeyAttempt, most: usize) -> Result<(), StoreError> {
        query(
            "DELETE FROM passkey_attempts WHERE user_name = $1 AND secret_hash NOT IN
                 (SELECT secret_hash FROM passkey_attempts WHERE user_name = $1
                  ORDER BY ends_at DESC, secret_hash LIMIT $2)",
        )
        .bind(it.user.as_str())
        .bind(int(most.saturating_sub(1) as u64))
        .execute(self.connection())
        .await?;
        query(
            "INSERT INTO passkey_attempts (secret_hash, user_name, kind, challenge, user_handle, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&it.secret_hash)
        .bind(it.user.as_str())
        .bind(it.kind.as_str())
        .bind(it.challenge.as_slice())
        .bind(&it.user_handle)
        .bind(secs(it.ends_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// The challenge whose answer comes with this, which is gone from then on.
    pub async fn take_attempt(&mut self, secret_hash: &[u8]) -> Result<Option<PasskeyAttempt>, StoreError> {
        let row = query("SELECT * FROM passkey_attempts WHERE secret_hash = $1")
            .bind(secret_hash)
            .fetch_optional(self.connection())
            .await?;
        query("DELETE FROM passkey_attempts WHERE secret_hash = $1")
            .bind(secret_hash)
            .execute(self.connection())
            .await?;
        row.as_ref().map(attempt).transpose()
    }

    /// Forgets every challenge of a user.
    pub async fn forget_attempts_of(&mut self, user: &str) -> Result<(), StoreError> {
        query("DELETE FROM passkey_attempts WHERE user_name = $1")
            .bind(user)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Forgets challenges that nobody has answered in time.
    pub async fn forget_attempts_before(&mut self, now: Timestamp) -> Result<(), StoreError> {
        query("DELETE FROM passkey_attempts WHERE ends_at <= $1")
            .bind(secs(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

fn stored(row: &Row) -> Result<StoredPasskey, StoreError> {
    let transports = row.text("transports")?;
    Ok(StoredPasskey {
        credential_id: row.bytes("credential_id")?,
        user: row.text("user_name")?,
        user_handle: row.bytes("user_handle")?,
        name: row.text("name")?.parse().map_err(|_| StoreError::Unexpected("passkeys.name"))?,
        public_key: row.bytes("public_key")?,
        counter: row.number("counter")?.try_into().map_err(|_| StoreError::Unexpected("passkeys.counter"))?,
        backup_eligible: row.number("backup_eligible")? != 0,
        transports: transports.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        created_at: row.at("created_at")?,
        last_used_at: row.at_opt("last_used_at")?,
    })
}

fn attempt(row: &Row) -> Result<PasskeyAttempt, StoreError> {
    let unexpected = StoreError::Unexpected;
    Ok(PasskeyAttempt {
        secret_hash: row.bytes("secret_hash")?,
        user: row.text("user_name")?,
        kind: row.text("kind")?.parse().map_err(|()| unexpected("passkey_attempts.kind"))?,
        challenge: row
            .bytes("challenge")?
            .try_into()
            .map_err(|_| unexpected("passkey_attempts.challenge"))?,
        user_handle: row.bytes("user_handle")?,
        ends_at: row.at("ends_at")?,
    })
}
