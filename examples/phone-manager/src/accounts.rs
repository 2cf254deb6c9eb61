//! Who may sign in.

use anyhow::{Result, ensure};
use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use serde::Serialize;
use sqlx::SqlitePool;
use uuid::Uuid;

/// The least that makes guessing slow (OWASP ASVS 5.0, 6.2.1).
const SHORTEST_PASSWORD: usize = 8;
/// A longer one would only keep the hash busy.
const LONGEST_PASSWORD: usize = 256;

#[derive(Serialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: String,
}

/// Adds a user, or sets the password of one.
pub(crate) async fn put(database: &SqlitePool, email: &str, password: &str) -> Result<()> {
    ensure!(email.contains('@'), "`{email}` is no e-mail address");
    ensure!(
        (SHORTEST_PASSWORD..=LONGEST_PASSWORD).contains(&password.len()),
        "a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} bytes"
    );
    let hash = hash(password.to_owned()).await?;
    sqlx::query(
        "INSERT INTO users (id, email, password_hash) VALUES (?, ?, ?)
         ON CONFLICT (email) DO UPDATE SET password_hash = excluded.password_hash",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(email)
    .bind(hash)
    .execute(database)
    .await?;
    Ok(())
}

/// The user with this address and password. An address that nobody has costs as much time as a wrong password.
pub(crate) async fn authenticate(database: &SqlitePool, email: &str, password: &str) -> Result<Option<User>> {
    if password.len() > LONGEST_PASSWORD {
        return Ok(None);
    }
    let row: Option<(String, String)> = sqlx::query_as("SELECT id, password_hash FROM users WHERE email = ?")
        .bind(email)
        .fetch_optional(database)
        .await?;
    let Some((id, expected)) = row else {
        hash(password.to_owned()).await?;
        return Ok(None);
    };
    let is_right = is_right(password.to_owned(), expected).await?;
    Ok(is_right.then(|| User { id, email: email.to_owned() }))
}

/// The user with this id.
pub(crate) async fn find(database: &SqlitePool, id: &str) -> Result<Option<User>> {
    let email: Option<String> =
        sqlx::query_scalar("SELECT email FROM users WHERE id = ?").bind(id).fetch_optional(database).await?;
    Ok(email.map(|email| User { id: id.to_owned(), email }))
}

/// Hashing takes tens of milliseconds of a core, which belong on a thread that may block.
async fn hash(password: String) -> Result<String> {
    let hashed = tokio::task::spawn_blocking(move || {
        let salt = SaltString::generate(&mut OsRng);
        Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
    });
    Ok(hashed.await??)
}

async fn is_right(password: String, expected: String) -> Result<bool> {
    let checked = tokio::task::spawn_blocking(move || {
        let expected = PasswordHash::new(&expected)?;
        match Argon2::default().verify_password(password.as_bytes(), &expected) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(error) => Err(error),
        }
    });
    Ok(checked.await??)
}
