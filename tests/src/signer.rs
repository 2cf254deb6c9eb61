use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use xtask::place::Place;

use crate::{AUDIENCE, ISSUER, KeyPair, now};

/// Signs tokens with software that is not ours: npm's `jose`, in one Node process.
#[derive(Debug)]
pub struct Signer {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Signer {
    /// Starts the process.
    pub fn start(place: &Place) -> Result<Self> {
        let mut child = place
            .command("node")
            .arg("tests/signer/sign.mjs")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start node: run `cargo xtask test`, which installs it")?;
        let requests = child.stdin.take().context("no input")?;
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        Ok(Self { child, requests, answers })
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
        writeln!(self.requests, "{}", json!({ "alg": alg, "key": key, "claims": claims }))?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line)?;
        match answer["token"].as_str() {
            Some(token) => Ok(token.to_owned()),
            None => bail!("the signer refused: {line}"),
        }
    }
}

impl Drop for Signer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
