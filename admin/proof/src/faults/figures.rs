use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What was counted. Everything that must not be is an error instead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// How often the server was killed.
    pub kills: u32,
    /// What was answered with success, by what was asked for.
    pub answered: BTreeMap<&'static str, u64>,
    /// How often no answer came.
    pub unanswered: u64,
    /// Of those, how many had happened all the same.
    pub happened_unanswered: u64,
    /// What was refused while the server was there, by code.
    pub refused: BTreeMap<String, u64>,
    /// Key sets that were written to the store.
    pub written: usize,
    /// The version of the last one.
    pub version: u64,
    /// Entries of the audit log, whose chain holds.
    pub entries: usize,
}

impl Figures {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "kills": self.kills,
            "answered": self.answered,
            "unanswered": self.unanswered,
            "happened_unanswered": self.happened_unanswered,
            "refused": self.refused,
            "written": self.written,
            "version": self.version,
            "entries": self.entries,
        })
    }
}
