//! Sessions of the console.

use super::row::{Row, secs};
use super::statement::query;
use super::{Change, Snapshot, StoreError};
use crate::domain::{Principal, Timestamp};

/// A session as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie.
    pub cookie_hash: Vec<u8>,
    /// Who opened it: the holder of an API token, or a user.
    pub owner: Principal,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Snapshot {
    /// Every session, the one that was used last first.
    pub async fn sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let rows = query("SELECT * FROM sessions ORDER BY last_used_at DESC, cookie_hash")
            .fetch_all(self.connection())
            .await?;
        rows.iter().map(session).collect()
    }

    /// The session of this cookie.
    pub async fn session(&mut self, cookie_hash: &[u8]) -> Result<Option<Session>, StoreError> {
        let row = query("SELECT * FROM sessions WHERE cookie_hash = $1")
            .bind(cookie_hash)
            .fetch_optional(self.connection())
            .await?;
        row.as_ref().map(session).transpose()
    }
}

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        cookie_hash: row.bytes("cookie_hash")?,
        owner: match (row.text_opt("token_id")?, row.text_opt("user_name")?) {
            (Some(id), None) => Principal::Token(id),
            (None, Some(name)) => Principal::User(name),
            _ => return Err(StoreError::Unexpected("sessions")),
        },
        last_used_at: row.at("last_used_at")?,
        expires_at: row.at("expires_at")?,
    })
}

impl Change {
    /// Writes a session, new or used.
    pub async fn save_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let (token_id, user_name) = match &session.owner {
            Principal::Token(id) => (Some(id.as_str()), None),
            Principal::User(name) => (None, Some(name.as_str())),
            Principal::Local(_) | Principal::Server => return Err(StoreError::Unexpected("sessions")),
        };
        query(
            "INSERT INTO sessions (cookie_hash, token_id, user_name, last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (cookie_hash) DO UPDATE SET last_used_at = excluded.last_used_at",
        )
        .bind(&session.cookie_hash)
        .bind(token_id)
        .bind(user_name)
        .bind(secs(session.last_used_at))
        .bind(secs(session.expires_at))
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Ends a session.
    pub async fn end_session(&mut self, cookie_hash: &[u8]) -> Result<(), StoreError> {
        query("DELETE FROM sessions WHERE cookie_hash = $1")
            .bind(cookie_hash)
            .execute(self.connection())
            .await?;
        Ok(())
    }

    /// Ends every session that was opened with this token.
    pub async fn end_sessions_of(&mut self, token_id: &str) -> Result<(), StoreError> {
        query("DELETE FROM sessions WHERE token_id = $1").bind(token_id).execute(self.connection()).await?;
        Ok(())
    }

    /// Ends every session of this user, and every sign-in that waits for a passkey.
    pub async fn end_sessions_of_user(&mut self, name: &str) -> Result<(), StoreError> {
        query("DELETE FROM sessions WHERE user_name = $1").bind(name).execute(self.connection()).await?;
        self.forget_attempts_of(name).await
    }

    /// Ends every session of this user but one, and every sign-in that waits for a passkey.
    pub async fn end_other_sessions_of_user(
        &mut self,
        name: &str,
        cookie_hash: &[u8],
    ) -> Result<(), StoreError> {
        query("DELETE FROM sessions WHERE user_name = $1 AND cookie_hash <> $2")
            .bind(name)
            .bind(cookie_hash)
            .execute(self.connection())
            .await?;
        self.forget_attempts_of(name).await
    }

    /// Ends every session there is, and every sign-in that waits for a passkey.
    pub async fn end_all_sessions(&mut self) -> Result<(), StoreError> {
        query("DELETE FROM sessions").execute(self.connection()).await?;
        query("DELETE FROM passkey_attempts").execute(self.connection()).await?;
        Ok(())
    }

    /// Forgets sessions that are over.
    pub async fn forget_sessions_before(&mut self, now: Timestamp) -> Result<(), StoreError> {
        query("DELETE FROM sessions WHERE expires_at <= $1")
            .bind(secs(now))
            .execute(self.connection())
            .await?;
        Ok(())
    }
}
