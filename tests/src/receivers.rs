use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::place::Place;

use crate::dialogue::Dialogue;

/// Somebody who is told, with software that is not ours: npm's `standardwebhooks` and `smtp-server`, in one Node process.
#[derive(Debug)]
pub struct Receivers {
    dialogue: Dialogue,
    /// Where webhooks are taken.
    pub http_port: u64,
    /// Where mail is taken.
    pub smtp_port: u64,
}

impl Receivers {
    /// Starts them. Mail is taken over TLS with the key and the certificate in `files`, if they are given.
    pub fn start(place: &Place, files: &[&str]) -> Result<Self> {
        let mut dialogue =
            Dialogue::start(place.command("node").arg("tests/receivers/receive.mjs").args(files))?;
        let ports: Value = serde_json::from_str(&dialogue.ask("{}")?)?;
        let port = |name: &str| ports.get(name).and_then(Value::as_u64).context("no port");
        Ok(Self { http_port: port("http")?, smtp_port: port("smtp")?, dialogue })
    }

    /// From now on webhooks are verified with this secret.
    pub fn verify_with(&mut self, secret: &str) -> Result<()> {
        self.dialogue.ask(&json!({ "secret": secret }).to_string()).map(drop)
    }

    /// Answers the next webhook so, and does not take it.
    pub fn refuse_next(&mut self, status: u16) -> Result<()> {
        self.dialogue.ask(&json!({ "answer": status, "times": 1 }).to_string()).map(drop)
    }

    /// Every webhook so far, refused ones included.
    pub fn webhooks(&mut self) -> Result<Vec<Value>> {
        self.told("webhooks")
    }

    /// Every mail so far.
    pub fn mails(&mut self) -> Result<Vec<Value>> {
        self.told("mails")
    }

    fn told(&mut self, what: &str) -> Result<Vec<Value>> {
        let told: Value = serde_json::from_str(&self.dialogue.ask(r#"{"told":true}"#)?)?;
        told.get(what).and_then(Value::as_array).cloned().context("it says nothing of that")
    }
}
