//! Passwords: argon2id, off the threads that serve requests, and only a few at once.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::domain::{NewPassword, SecretText};

/// The least that OWASP's cheat sheet on password storage and RFC 9106 leave for a server that does other things too.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// So many at once, so that a flood of sign-ins takes 38 MiB and no more.
const AT_ONCE: usize = 2;
/// For so long somebody waits for their turn: two at a time, that is a few hundred before them.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of a password that nobody has: what an unknown user's is held against, so that both take as long.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlz$rBqhyvGqVbXM8SnLhK1WM6T3bWtCmwqJe7Y6Q2T4f0U";

/// Whose turn it is to compute a hash.
#[derive(Clone)]
pub struct Hashing(Arc<Semaphore>);

/// Why a password could not be hashed or checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    /// Too many others want the same.
    #[error("too many people sign in at once")]
    Crowded,
    /// The computation failed.
    #[error("a password could not be hashed")]
    Failed,
}

impl Hashing {
    /// Nobody waits yet.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// The hash of a password, as it is kept: with its parameters and its salt of 16 bytes.
    pub async fn hash(&self, password: NewPassword, salt: [u8; 16]) -> Result<String, HashingError> {
        self.off_the_threads(move || {
            let salt = SaltString::encode_b64(&salt).map_err(|_| HashingError::Failed)?;
            let hash = argon2()?.hash_password(password.reveal().as_bytes(), &salt);
            Ok(hash.map_err(|_| HashingError::Failed)?.to_string())
        })
        .await
    }

    /// Whether it is the password of this hash. Where there is none, it is held against nobody's, which takes as long.
    pub async fn verify(&self, password: SecretText, hash: Option<String>) -> Result<bool, HashingError> {
        self.off_the_threads(move || {
            let is_known = hash.is_some();
            let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
            let parsed = PasswordHash::new(&hash).map_err(|_| HashingError::Failed)?;
            let fits = argon2()?.verify_password(password.reveal().as_bytes(), &parsed).is_ok();
            Ok(fits && is_known)
        })
        .await
    }

    async fn off_the_threads<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let turn = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned()).await;
        let turn = turn.map_err(|_| HashingError::Crowded)?.map_err(|_| HashingError::Failed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also where whoever asked has gone.
            let _turn = turn;
            work()
        });
        done.await.map_err(|_| HashingError::Failed)?
    }
}

impl Default for Hashing {
    fn default() -> Self {
        Self::new()
    }
}

fn argon2() -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashingError::Failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone() {
        let hashing = Hashing::new();
        let new = NewPassword::of(&"ada".parse().unwrap(), secret("four short words")).unwrap();
        let hash = hashing.hash(new, [7; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hashing.verify(secret("four short words"), Some(hash.clone())).await.unwrap());
        assert!(!hashing.verify(secret("four short word"), Some(hash)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_takes_the_same_work_and_never_fits() {
        let parsed = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&parsed).unwrap();
        assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
        assert_eq!(parsed.hash.unwrap().len(), 32);
        assert!(!Hashing::new().verify(secret("anything at all"), None).await.unwrap());
    }

    #[tokio::test]
    async fn two_are_hashed_at_once_and_the_others_wait_their_turn() {
        let hashing = Hashing::new();
        let turns = Arc::clone(&hashing.0);
        let held = turns.acquire_many(2).await.unwrap();
        let waiting = tokio::spawn({
            let hashing = hashing.clone();
            async move { hashing.verify(secret("anything at all"), None).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(held);
        assert_eq!(waiting.await.unwrap(), Ok(false));
    }
}
