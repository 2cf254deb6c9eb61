//! The attacks on a reader of key sets, `tests/vectors/sequence/*.json`, on the very keyring that the gateway has.

use keystile_gateway::{Distrust, Keyring, Moment, Refusal};
use keystile_validator::{Floor, Limits, Policy, RootKeys, UnixTime};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::vectors::{self, Demands};

/// Steps for one reader.
#[derive(Deserialize)]
pub(crate) struct Sequence {
    issuer: String,
    policy: Demands,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Start { start: Start },
    Document { now: u64, document: Text },
    Token { now: u64, token: String },
}

#[derive(Deserialize)]
struct Start {
    roots: Value,
    floor: Seen,
}

#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    version: u64,
    #[serde(default)]
    generation: u64,
}

/// A text, or one that is repeated.
#[derive(Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Repeated { text: String, times: usize },
}

impl Sequence {
    /// What comes of each step.
    pub(crate) fn outcomes(&self) -> Result<Vec<Value>, String> {
        let policy = self.policy.to_policy(Limits::default())?;
        let mut keyring = None;
        self.steps.iter().map(|step| self.take(step, &policy, &mut keyring)).collect()
    }

    fn take(&self, step: &Step, policy: &Policy, keyring: &mut Option<Keyring>) -> Result<Value, String> {
        let missing = || "the first step of a sequence is a start".to_owned();
        Ok(match step {
            Step::Start { start: Start { roots, floor } } => {
                match RootKeys::from_jwks(roots.to_string().as_bytes()) {
                    Ok(roots) => {
                        let floor = Floor::at_version(floor.version).with_generation(floor.generation);
                        *keyring = Some(Keyring::new(self.issuer.clone(), roots, floor));
                        json!({ "version": null })
                    }
                    Err(error) => json!({ "key_set_code": error.code().as_str() }),
                }
            }
            Step::Document { now, document } => {
                read(keyring.as_mut().ok_or_else(missing)?, document.to_text(), at(*now))
            }
            Step::Token { now, token } => {
                judge(keyring.as_ref().ok_or_else(missing)?, policy, token, at(*now))
            }
        })
    }
}

fn at(now: u64) -> Moment {
    Moment::from(UnixTime::from_secs(now))
}

fn read(keyring: &mut Keyring, document: String, now: Moment) -> Value {
    match keyring.accept(document, now) {
        Ok(_) => json!({ "version": keyring.version() }),
        Err(error) => json!({ "key_set_code": error.code().as_str(), "version": keyring.version() }),
    }
}

fn judge(keyring: &Keyring, policy: &Policy, token: &str, now: Moment) -> Value {
    match keyring.judge(policy, token.as_bytes(), now) {
        Ok(_) => json!({ "ok": true }),
        Err(Distrust::Token(token)) => vectors::refusal(token.error()),
        Err(Distrust::NoKeySet) => json!({ "ok": false, "code": Refusal::KeySetUnavailable.code() }),
    }
}

impl Text {
    fn to_text(&self) -> String {
        match self {
            Self::Whole(text) => text.clone(),
            Self::Repeated { text, times } => text.repeat(*times),
        }
    }
}
