//! Not-before instants: tokens issued earlier are refused, whichever key signed them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{Policy, Timestamp};

/// Whose tokens an epoch is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every token.
    All,
    /// Those that this key signed.
    Key(String),
    /// Those of this `sub`.
    Subject(String),
    /// Those of this `sid`.
    Session(String),
    /// Those of this `client_id`.
    Client(String),
}

impl Scope {
    /// The names of all scopes: `all`, and the claim or header parameter that the others are about.
    pub const NAMES: [&str; 5] = ["all", "kid", "sub", "sid", "client_id"];

    /// The scope of this name that `value` belongs to; `all` takes none. `None` if there is no such scope.
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let value = value.to_owned();
        match (name, value.is_empty()) {
            ("all", true) => Some(Self::All),
            ("kid", false) => Some(Self::Key(value)),
            ("sub", false) => Some(Self::Subject(value)),
            ("sid", false) => Some(Self::Session(value)),
            ("client_id", false) => Some(Self::Client(value)),
            _ => None,
        }
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Key(_) => "kid",
            Self::Subject(_) => "sub",
            Self::Session(_) => "sid",
            Self::Client(_) => "client_id",
        }
    }

    /// Whom it means; empty for all.
    pub fn value(&self) -> &str {
        match self {
            Self::All => "",
            Self::Key(value) | Self::Subject(value) | Self::Session(value) | Self::Client(value) => value,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            other => write!(f, "{}={}", other.name(), other.value()),
        }
    }
}

/// The epochs of one issuer. They only ever rise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Epochs(BTreeMap<Scope, Timestamp>);

impl Epochs {
    /// How many bytes they may take in the document, which has 192 KiB for everything: 800 subjects named by UUIDs.
    pub const MOST_BYTES: usize = 48 * 1024;

    /// The epochs as they were stored.
    pub fn restored(epochs: impl IntoIterator<Item = (Scope, Timestamp)>) -> Self {
        Self(epochs.into_iter().collect())
    }

    /// Every epoch.
    pub fn iter(&self) -> impl Iterator<Item = (&Scope, Timestamp)> {
        self.0.iter().map(|(scope, at)| (scope, *at))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the document has room for them.
    pub fn fit(&self) -> bool {
        serde_json::to_string(self).is_ok_and(|json| json.len() <= Self::MOST_BYTES)
    }

    /// The epoch of a scope.
    pub fn of(&self, scope: &Scope) -> Option<Timestamp> {
        self.0.get(scope).copied()
    }

    /// The newest epoch that applies to a token with these claims, signed by the key `kid`.
    pub fn newest_for<'c>(&self, kid: &str, claim: impl Fn(&str) -> Option<&'c str>) -> Option<Timestamp> {
        let applies = |scope: &Scope| match scope {
            Scope::All => true,
            Scope::Key(key) => key == kid,
            other => claim(other.name()) == Some(other.value()),
        };
        self.iter().filter(|(scope, _)| applies(scope)).map(|(_, at)| at).max()
    }

    /// Refuses every token in `scope` issued before `at`. An epoch never falls.
    pub fn raise(&mut self, scope: Scope, at: Timestamp) {
        let epoch = self.0.entry(scope).or_insert(at);
        *epoch = at.max(*epoch);
    }

    /// Forgets the epochs that can refuse no token any more: every one that was issued before them has expired. The
    /// epoch of all tokens is one number and stays, as a second lock on whatever should not be out there.
    pub fn prune(&mut self, longest_token_lifetime_secs: u64, policy: &Policy, now: Timestamp) {
        let life = longest_token_lifetime_secs.saturating_add(policy.leeway_secs);
        self.0.retain(|scope, at| *scope == Scope::All || at.plus(life) >= now);
    }
}

/// As the key set document has it: an instant for all, and one map for each other scope.
impl Serialize for Epochs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serde_json::Map::new();
        for name in Scope::NAMES {
            let named = self.0.iter().filter(|(scope, _)| scope.name() == name);
            let of_values: serde_json::Map<_, _> =
                named.map(|(scope, at)| (scope.value().to_owned(), at.as_secs().into())).collect();
            match (name, self.of(&Scope::All)) {
                ("all", None) => {}
                ("all", Some(at)) => drop(document.insert(name.to_owned(), at.as_secs().into())),
                _ => drop(document.insert(name.to_owned(), of_values.into())),
            }
        }
        document.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::START;

    #[test]
    fn an_epoch_never_falls() {
        let mut epochs = Epochs::default();
        epochs.raise(Scope::All, START.plus(20));
        epochs.raise(Scope::All, START);
        assert_eq!(epochs.of(&Scope::All), Some(START.plus(20)));
    }

    #[test]
    fn an_epoch_goes_when_the_last_token_from_before_it_has_expired() {
        let (policy, life) = (Policy::default(), 3600);
        let subject = Scope::Subject("u".to_owned());
        let mut epochs = Epochs::restored([(Scope::All, START), (subject.clone(), START)]);
        let last = START.plus(life + policy.leeway_secs);
        epochs.prune(life, &policy, last);
        assert_eq!(epochs.len(), 2);
        epochs.prune(life, &policy, last.plus(1));
        assert_eq!((epochs.of(&subject), epochs.of(&Scope::All)), (None, Some(START)));
    }

    #[test]
    fn the_document_has_a_map_for_each_scope() {
        let epochs = Epochs::restored([
            (Scope::All, Timestamp::from_secs(9)),
            (Scope::Subject("u".to_owned()), Timestamp::from_secs(7)),
        ]);
        let json = r#"{"all":9,"client_id":{},"kid":{},"sid":{},"sub":{"u":7}}"#;
        assert_eq!(serde_json::to_string(&epochs).unwrap(), json);
    }

    #[test]
    fn a_scope_is_named_as_it_is_read() {
        for scope in [Scope::All, Scope::Key("k".to_owned()), Scope::Client("c".to_owned())] {
            assert_eq!(Scope::new(scope.name(), scope.value()), Some(scope));
        }
        for (name, value) in [("all", "x"), ("sub", ""), ("aud", "x")] {
            assert_eq!(Scope::new(name, value), None, "{name} {value}");
        }
    }
}
