use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use xtask::place::Place;

use crate::dialogue::Dialogue;
use crate::{AUDIENCE, ISSUER, KeyPair, now};

/// Signs tokens with software that is not ours: npm's `jose`, in one Node process.
#[derive(Debug)]
pub struct Signer(Dialogue);

impl Signer {
    /// Starts the process.
    pub fn start(place: &Place) -> Result<Self> {
        Dialogue::start(place.command("node").arg("tests/signer/sign.mjs")).map(Self)
    }

    /// Claims of a token that is good for ten minutes.
    pub fn good_claims(&self) -> Result<Value> {
        let now = now()?;
        Ok(json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 600 }))
    }

    /// A good token of this key.
    pub fn good_token(&mut self, private_pem: &str) -> Result<String> {
        let claims = self.good_claims()?;
        self.token("RS256", private_pem, &claims)
    }

    /// A good token but for some claims.
    pub fn token_with(&mut self, key: &KeyPair, changes: &Value) -> Result<String> {
        let mut claims = self.good_claims()?;
        for (name, value) in changes.as_object().context("changes are an object")? {
            claims[name] = value.clone();
        }
        self.token("RS256", &key.private_pem, &claims)
    }

    /// Any token.
    pub fn token(&mut self, alg: &str, key: &str, claims: &Value) -> Result<String> {
        let line = self.0.ask(&json!({ "alg": alg, "key": key, "claims": claims }).to_string())?;
        let answer: Value = serde_json::from_str(&line)?;
        match answer["token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => bail!("the signer refused: {line}"),
        }
    }
}
