//! The settings of the seed, by their own names.

use std::collections::HashMap;
use std::fmt;

use anyhow::{Context, Result, bail};

/// Everything that the environment decides.
pub(crate) struct Config {
    pub(crate) listen: String,
    pub(crate) database: String,
    pub(crate) jwt: JwtConfig,
}

/// The group `PM__JWT__*`.
pub(crate) struct JwtConfig {
    pub(crate) private_key_pem: PrivateKeyPem,
    pub(crate) public_key_pem: String,
    /// Put into the header of each token. Without it tokens carry no `kid`, as those of the seed.
    pub(crate) key_id: Option<String>,
    /// Where more public keys are published, so that tokens of several keys are good at the same time.
    pub(crate) jwks_url: Option<String>,
    /// How long to look for no more of them after a look.
    pub(crate) jwks_pause_secs: u64,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) access_token_expiry_secs: u64,
    pub(crate) refresh_token_expiry_secs: u64,
    pub(crate) leeway_secs: u64,
}

/// A private key, kept out of logs.
pub(crate) struct PrivateKeyPem(String);

impl PrivateKeyPem {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PrivateKeyPem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKeyPem(hidden)")
    }
}

impl Config {
    pub(crate) fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let variables: HashMap<_, _> = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let optional = |name: &str| variables.get(&format!("PM__{name}")).cloned();
        let required = |name: &str| {
            optional(name).with_context(|| format!("`PM__{name}` is not set, and there is no default for it"))
        };
        let seconds = |name: &str, default: u64| match optional(name) {
            None => Ok(default),
            Some(value) => match value.parse() {
                Ok(0) | Err(_) => bail!("`PM__{name}` is a number of seconds above 0, not `{value}`"),
                Ok(secs) => Ok(secs),
            },
        };
        let jwt = JwtConfig {
            private_key_pem: PrivateKeyPem(required("JWT__PRIVATE_KEY")?),
            public_key_pem: required("JWT__PUBLIC_KEY")?,
            key_id: optional("JWT__KEY_ID"),
            jwks_url: optional("JWT__JWKS_URL"),
            jwks_pause_secs: seconds("JWT__JWKS_PAUSE_SECS", 30)?,
            issuer: optional("JWT__ISSUER").unwrap_or_else(|| "phone-manager".to_owned()),
            audience: optional("JWT__AUDIENCE").unwrap_or_else(|| "phone-manager".to_owned()),
            access_token_expiry_secs: seconds("JWT__ACCESS_TOKEN_EXPIRY_SECS", 3600)?,
            refresh_token_expiry_secs: seconds("JWT__REFRESH_TOKEN_EXPIRY_SECS", 2_592_000)?,
            leeway_secs: seconds("JWT__LEEWAY_SECS", 30)?,
        };
        Ok(Self {
            listen: optional("LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            database: optional("DATABASE").unwrap_or_else(|| "phone-manager.db".to_owned()),
            jwt,
        })
    }
}
