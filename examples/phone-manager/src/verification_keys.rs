//! The public keys that tokens are checked with: the one of the environment, and those that are published beside it while
//! a key is being turned.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};

use crate::config::JwtConfig;
use crate::tokens::Claims;

const TIMEOUT: Duration = Duration::from_secs(5);
/// As many keys as a rotation, a rollback and an emergency at once could have published, with room to spare.
const MOST_KEYS: usize = 16;

pub(crate) struct VerificationKeys {
    own: DecodingKey,
    jwks_url: Option<String>,
    /// An unknown key makes us look for news, but not more often than this.
    pause: Duration,
    client: reqwest::Client,
    published: RwLock<JwkSet>,
    last_look: tokio::sync::Mutex<Option<tokio::time::Instant>>,
}

impl VerificationKeys {
    pub(crate) fn new(config: &JwtConfig) -> Result<Self> {
        Ok(Self {
            own: DecodingKey::from_rsa_pem(config.public_key_pem.as_bytes())
                .context("`PM__JWT__PUBLIC_KEY` is no RSA public key in PEM")?,
            jwks_url: config.jwks_url.clone(),
            pause: Duration::from_secs(config.jwks_pause_secs),
            client: reqwest::Client::builder().timeout(TIMEOUT).build()?,
            published: RwLock::new(JwkSet { keys: Vec::new() }),
            last_look: tokio::sync::Mutex::new(None),
        })
    }

    /// The claims of a token that one of the keys has signed and that is as expected.
    pub(crate) async fn verify(&self, token: &str, expected: &Validation) -> Option<Claims> {
        if let Some(claims) = self.verify_with_what_is_known(token, expected) {
            return Some(claims);
        }
        let is_new = self.refresh().await;
        if is_new { self.verify_with_what_is_known(token, expected) } else { None }
    }

    /// Looks for newly published keys, unless that was done a moment ago. Says whether it looked.
    pub(crate) async fn refresh(&self) -> bool {
        let Some(url) = &self.jwks_url else { return false };
        let mut last_look = self.last_look.lock().await;
        if last_look.is_some_and(|last| last.elapsed() < self.pause) {
            return false;
        }
        *last_look = Some(tokio::time::Instant::now());
        match self.fetch(url).await {
            Ok(keys) => *self.published.write().unwrap_or_else(PoisonError::into_inner) = keys,
            Err(error) => tracing::warn!(%url, "the published keys cannot be read: {error:#}"),
        }
        true
    }

    async fn fetch(&self, url: &str) -> Result<JwkSet> {
        let keys: JwkSet = self.client.get(url).send().await?.error_for_status()?.json().await?;
        ensure!(
            keys.keys.len() <= MOST_KEYS,
            "{} keys are published, which cannot be right",
            keys.keys.len()
        );
        Ok(keys)
    }

    /// With a `kid`, the published key of that name; then, and without one, every key there is, as the seed does.
    fn verify_with_what_is_known(&self, token: &str, expected: &Validation) -> Option<Claims> {
        let kid = decode_header(token).ok()?.kid;
        let published = self.published.read().unwrap_or_else(PoisonError::into_inner);
        let named = published.keys.iter().filter(|key| kid.is_none() || key.common.key_id == kid);
        let keys = named.filter_map(|key| DecodingKey::from_jwk(key).ok()).chain([self.own.clone()]);
        keys.into_iter().find_map(|key| decode::<Claims>(token, &key, expected).ok()).map(|data| data.claims)
    }
}
