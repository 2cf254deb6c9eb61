//! The two tokens of a session, signed RS256 with the private key of the environment.

use anyhow::{Context, Result};
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::JwtConfig;

/// What a token is for. A refresh token opens nothing but `/auth/refresh`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Purpose {
    Access,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) sid: String,
    pub(crate) jti: String,
    pub(crate) iat: u64,
    pub(crate) exp: u64,
    pub(crate) token_use: Purpose,
}

/// Makes tokens, and says what is expected of them.
pub(crate) struct Issuer {
    key: EncodingKey,
    header: Header,
    issuer: String,
    audience: String,
    access_secs: u64,
    refresh_secs: u64,
    leeway_secs: u64,
}

impl Issuer {
    pub(crate) fn new(config: &JwtConfig) -> Result<Self> {
        let key = EncodingKey::from_rsa_pem(config.private_key_pem.reveal().as_bytes())
            .context("`PM__JWT__PRIVATE_KEY` is no RSA private key in PEM")?;
        Ok(Self {
            key,
            header: Header { kid: config.key_id.clone(), ..Header::new(Algorithm::RS256) },
            issuer: config.issuer.clone(),
            audience: config.audience.clone(),
            access_secs: config.access_token_expiry_secs,
            refresh_secs: config.refresh_token_expiry_secs,
            leeway_secs: config.leeway_secs,
        })
    }

    /// The claims of a token for this user and session, issued `now`.
    pub(crate) fn claims(&self, purpose: Purpose, user_id: &str, session_id: &str, now: u64) -> Claims {
        Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: user_id.to_owned(),
            sid: session_id.to_owned(),
            jti: Uuid::new_v4().to_string(),
            iat: now,
            exp: now.saturating_add(self.life_secs(purpose)),
            token_use: purpose,
        }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> Result<String> {
        Ok(jsonwebtoken::encode(&self.header, claims, &self.key)?)
    }

    pub(crate) fn life_secs(&self, purpose: Purpose) -> u64 {
        match purpose {
            Purpose::Access => self.access_secs,
            Purpose::Refresh => self.refresh_secs,
        }
    }

    /// What a token must be to be ours.
    pub(crate) fn expectations(&self) -> Validation {
        let mut expected = Validation::new(Algorithm::RS256);
        expected.set_issuer(&[&self.issuer]);
        expected.set_audience(&[&self.audience]);
        expected.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        expected.leeway = self.leeway_secs;
        expected
    }
}
