//! Who is signed in. A session lives as long as its newest refresh token, and ends at once when it is deleted.

use anyhow::Result;
use sqlx::SqlitePool;

/// Begins a session whose refresh token is `refresh_jti`.
pub(crate) async fn begin(
    database: &SqlitePool,
    session_id: &str,
    user_id: &str,
    refresh_jti: &str,
    expires_at: u64,
) -> Result<()> {
    sqlx::query("INSERT INTO user_sessions (id, user_id, refresh_jti, expires_at) VALUES (?, ?, ?, ?)")
        .bind(session_id)
        .bind(user_id)
        .bind(refresh_jti)
        .bind(i64::try_from(expires_at)?)
        .execute(database)
        .await?;
    Ok(())
}

/// Whether the session is alive.
pub(crate) async fn is_alive(database: &SqlitePool, session_id: &str) -> Result<bool> {
    let found: Option<i64> = sqlx::query_scalar("SELECT 1 FROM user_sessions WHERE id = ?")
        .bind(session_id)
        .fetch_optional(database)
        .await?;
    Ok(found.is_some())
}

/// Puts a new refresh token in the place of the old one. A refresh token is good once: that it comes twice means that
/// two have it, and nobody can tell the thief from the user, so the session ends and `false` is returned.
pub(crate) async fn renew(
    database: &SqlitePool,
    session_id: &str,
    old_jti: &str,
    new_jti: &str,
    expires_at: u64,
) -> Result<bool> {
    let renewed = sqlx::query(
        "UPDATE user_sessions SET refresh_jti = ?, expires_at = ? WHERE id = ? AND refresh_jti = ?",
    )
    .bind(new_jti)
    .bind(i64::try_from(expires_at)?)
    .bind(session_id)
    .bind(old_jti)
    .execute(database)
    .await?
    .rows_affected();
    if renewed == 0 {
        end(database, session_id).await?;
    }
    Ok(renewed == 1)
}

/// Ends one session.
pub(crate) async fn end(database: &SqlitePool, session_id: &str) -> Result<()> {
    sqlx::query("DELETE FROM user_sessions WHERE id = ?").bind(session_id).execute(database).await?;
    Ok(())
}

/// Ends every session, and returns how many there were.
pub(crate) async fn end_all(database: &SqlitePool) -> Result<u64> {
    Ok(sqlx::query("DELETE FROM user_sessions").execute(database).await?.rows_affected())
}
