use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use xtask::http::Answer;

use super::house::Door;

/// What the clients were answered, and what they were not.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What was answered with success: what was asked for, and the id of the request that the server gave it.
    pub(super) answered: Vec<(&'static str, String)>,
    /// API tokens that were answered for: their labels, which nobody else has.
    pub(super) tokens: Vec<String>,
    /// API tokens of which nobody knows.
    pub(super) unknown: Vec<String>,
    /// Requests without an answer, those for API tokens among them.
    pub(super) unanswered: u64,
    /// Refusals, by code.
    pub(super) refused: BTreeMap<String, u64>,
}

impl Ledger {
    /// Writes down what came of a request, and says whether it succeeded. A server that breaks down is an error.
    pub(super) fn note(&mut self, what: &'static str, answer: &Answer) -> Result<bool> {
        if answer.status < 300 {
            self.answered.push((what, answer.header("x-request-id").to_owned()));
            return Ok(true);
        }
        let body = answer.json().unwrap_or_default();
        let code = body.get("code").and_then(Value::as_str).unwrap_or("none");
        if answer.status == 500 || code == "none" {
            bail!("{what}: answered {} {}", answer.status, answer.body);
        }
        *self.refused.entry(code.to_owned()).or_default() += 1;
        Ok(false)
    }

    pub(super) fn add(&mut self, other: Self) {
        self.answered.extend(other.answered);
        self.tokens.extend(other.tokens);
        self.unknown.extend(other.unknown);
        self.unanswered += other.unanswered;
        for (code, count) in other.refused {
            *self.refused.entry(code).or_default() += count;
        }
    }

    /// Asks once more for every API token of which nobody knows, under the key of the first time. Whichever of the two made
    /// it: from then on it is there.
    pub(super) fn ask_again(&mut self, door: &Door) -> Result<()> {
        for label in std::mem::take(&mut self.unknown) {
            let answer = door.wish(&label)?;
            let was_lost = answer.json()?.get("code") == Some(&json!("idempotency_answer_lost"));
            ensure!(
                answer.status < 300 || was_lost,
                "`{label}` was refused the second time: {}",
                answer.body
            );
            self.tokens.push(label);
        }
        Ok(())
    }
}

impl Door {
    /// Asks for an API token with this label, under a key that says the same.
    pub(super) fn wish(&self, label: &str) -> Result<Answer> {
        let body = json!({ "label": label, "role": "viewer" });
        self.order("/v1/api-tokens", label, &body).context("no answer")
    }

    pub(super) fn order(&self, path: &str, key: &str, body: &Value) -> Result<Answer> {
        self.client.post_once(&format!("{}{path}", self.url), &self.token, key, body)
    }
}
