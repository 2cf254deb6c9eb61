use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Action;
use crate::domain::{Actor, IssuerId, Timestamp};

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
    /// Where the order came from: the address of the connection, or the server's own command line. Absent where the
    /// server acted by itself, and in entries from before it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

impl Record {
    /// `actor` did `action` to `subject` at `at`. The log gives it its number.
    pub fn new(at: Timestamp, actor: &Actor, action: Action, subject: &str) -> Self {
        Self {
            seq: 0,
            at: at.as_secs(),
            actor: actor.name().to_owned(),
            action: action.as_str().to_owned(),
            subject: subject.to_owned(),
            issuer: None,
            reason: None,
            before: None,
            after: None,
            request_id: actor.request_id().map(ToOwned::to_owned),
            from: actor.from().map(ToOwned::to_owned),
        }
    }

    /// It concerned this issuer.
    #[must_use]
    pub fn of_issuer(self, issuer: &IssuerId) -> Self {
        Self { issuer: Some(issuer.as_str().to_owned()), ..self }
    }

    /// The actor's own reason, if one was given.
    #[must_use]
    pub fn because(self, reason: Option<&str>) -> Self {
        Self { reason: reason.map(ToOwned::to_owned), ..self }
    }

    /// It changed `before` into `after`.
    #[must_use]
    pub fn changing(self, before: Option<Value>, after: Option<Value>) -> Self {
        Self { before, after, ..self }
    }

    /// When it happened.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_secs(self.at)
    }

    /// What others are told of it, as JSON; nothing, if it is no news.
    pub fn news(&self) -> Option<Value> {
        let action = Action::ALL.iter().find(|action| action.as_str() == self.action)?;
        action.is_news().then(|| {
            json!({
                "type": self.action,
                "timestamp": self.timestamp(),
                "data": {
                    "audit_entry": self.seq,
                    "issuer": self.issuer,
                    "subject": self.subject,
                    "actor": self.actor,
                    "reason": self.reason,
                    "before": self.before,
                    "after": self.after,
                },
            })
        })
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
