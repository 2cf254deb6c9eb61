use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::Timestamp;

/// What is written down about one act. There is no secret in it: `before` and `after` are views for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it happened, in seconds since 1970.
    pub at: u64,
    /// Who did it.
    pub actor: String,
    /// What was done, such as `key.activated`.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// The issuer concerned.
    pub issuer: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The state before.
    pub before: Option<Value>,
    /// The state after.
    pub after: Option<Value>,
    /// The request within which it happened.
    pub request_id: Option<String>,
}

impl Record {
    /// When it happened.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_secs(self.at)
    }

    /// The line that is hashed and kept.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads a line that was kept.
    pub fn from_text(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}
