//! Settings that are one of a few words.

use super::{Environment, InvalidSetting};

impl Environment {
    pub(super) fn log_json(&self) -> Result<bool, InvalidSetting> {
        match self.text("LOG__FORMAT") {
            None | Some("text") => Ok(false),
            Some("json") => Ok(true),
            Some(other) => Err(self.not_a_choice("LOG__FORMAT", "`text` or `json`", other)),
        }
    }

    pub(super) fn compares_clock(&self) -> Result<bool, InvalidSetting> {
        match self.text("CLOCK_CHECK") {
            None | Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(self.not_a_choice("CLOCK_CHECK", "`true` or `false`", other)),
        }
    }

    pub(super) fn not_a_choice(&self, below: &str, choices: &'static str, value: &str) -> InvalidSetting {
        InvalidSetting::NotAChoice { name: self.name(below), choices, value: value.to_owned() }
    }
}
