//! Not-before instants: tokens issued earlier are refused, whichever key signed them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Timestamp;

/// The epochs of one issuer. They only ever rise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Epochs {
    /// For every token.
    #[serde(skip_serializing_if = "Option::is_none")]
    all: Option<u64>,
    kid: BTreeMap<String, u64>,
    sub: BTreeMap<String, u64>,
    sid: BTreeMap<String, u64>,
    client_id: BTreeMap<String, u64>,
}

impl Epochs {
    /// The epochs as they were stored.
    pub fn restored(all: Option<Timestamp>) -> Self {
        Self { all: all.map(Timestamp::as_secs), ..Self::default() }
    }

    /// The epoch of all tokens.
    pub fn all(&self) -> Option<Timestamp> {
        self.all.map(Timestamp::from_secs)
    }

    /// Refuses every token issued before `at`. An epoch never falls.
    pub fn raise_all(&mut self, at: Timestamp) {
        self.all = self.all.max(Some(at.as_secs()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_never_falls() {
        let mut epochs = Epochs::default();
        epochs.raise_all(Timestamp::from_secs(20));
        epochs.raise_all(Timestamp::from_secs(10));
        assert_eq!(epochs.all(), Some(Timestamp::from_secs(20)));
    }
}
