//! A backend that signs with whichever key is active, and the tokens of it that are in use.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use keystile_admin::signing::{PrivateKey, sign_token};
use serde_json::json;

use crate::house::{AUDIENCE, ISS, KeyPool};

/// More are not needed to have one of every age.
const KEPT: usize = 120;

/// A token that is in use.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) kid: String,
    pub(super) expires_at: u64,
}

/// The backend and its tokens.
pub(super) struct Signer {
    keys: BTreeMap<String, PrivateKey>,
    tokens: Vec<Token>,
}

impl Signer {
    pub(super) fn new(pool: &KeyPool) -> Result<Self> {
        let named = |key: PrivateKey| (key.public().thumbprint().as_str().to_owned(), key);
        Ok(Self { keys: pool.all()?.into_iter().map(named).collect(), tokens: Vec::new() })
    }

    /// Signs one more token that lives for so long.
    pub(super) fn sign(&mut self, kid: &str, now: u64, lifetime: u64) -> Result<()> {
        let key = self.keys.get(kid).context("the active key is not of the pool")?;
        let expires_at = now + lifetime;
        let claims = json!({ "iss": ISS, "aud": AUDIENCE, "sub": "user", "iat": now, "exp": expires_at });
        self.tokens.push(Token { text: sign_token(key, &claims)?, kid: kid.to_owned(), expires_at });
        Ok(())
    }

    /// Forgets what has expired, and beyond that what is neither young nor about to expire last of its key.
    pub(super) fn tidy(&mut self, now: u64, random: &mut fastrand::Rng) {
        self.tokens.retain(|token| now < token.expires_at);
        while self.tokens.len() > KEPT {
            let any = random.usize(0..self.tokens.len() - 1);
            let last_of_its_key = self.tokens.get(any).and_then(|token| self.last_to_expire(&token.kid));
            if last_of_its_key != Some(any) {
                self.tokens.remove(any);
            }
        }
    }

    /// A good token: the youngest, the one that expires next, the last of a random one's key, or any.
    pub(super) fn choose(&self, random: &mut fastrand::Rng) -> Option<&Token> {
        let any = random.usize(0..self.tokens.len().max(1));
        match random.u8(0..4) {
            0 => self.tokens.last(),
            1 => self.tokens.iter().min_by_key(|token| token.expires_at),
            2 => self.tokens.get(self.last_to_expire(&self.tokens.get(any)?.kid)?),
            _ => self.tokens.get(any),
        }
    }

    /// The token of a key that expires last of all.
    pub(super) fn last_of(&self, kid: &str) -> Option<&Token> {
        self.tokens.get(self.last_to_expire(kid)?)
    }

    fn last_to_expire(&self, kid: &str) -> Option<usize> {
        let of_key = self.tokens.iter().enumerate().filter(|(_, token)| token.kid == kid);
        of_key.max_by_key(|(_, token)| token.expires_at).map(|(index, _)| index)
    }
}
