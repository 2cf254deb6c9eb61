//! Whose keys these are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Policy;

/// The name of an issuer in paths, keys and tables: `[a-z0-9][a-z0-9-]{0,62}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IssuerId(String);

impl IssuerId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IssuerId {
    type Err = InvalidIssuerId;

    fn from_str(id: &str) -> Result<Self, InvalidIssuerId> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let well_formed = (1..=63).contains(&id.len()) && !id.starts_with('-') && id.bytes().all(allowed);
        if well_formed { Ok(Self(id.to_owned())) } else { Err(InvalidIssuerId) }
    }
}

impl TryFrom<String> for IssuerId {
    type Error = InvalidIssuerId;

    fn try_from(id: String) -> Result<Self, InvalidIssuerId> {
        id.parse()
    }
}

impl From<IssuerId> for String {
    fn from(id: IssuerId) -> Self {
        id.0
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id could not be used in a path, so it is refused everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an issuer id has 1 to 63 lower-case letters, digits or hyphens, and does not start with a hyphen")]
pub struct InvalidIssuerId;

/// Whom the tokens are for: one name or several, as in the `aud` claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Audience {
    /// One audience.
    One(String),
    /// Several audiences.
    Many(Vec<String>),
}

/// An issuer: its name, what its tokens say about it, and its policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The name in paths.
    pub id: IssuerId,
    /// The `iss` claim of its tokens.
    pub iss: String,
    /// The `aud` claim of its tokens, unless a request names another.
    pub audience: Option<Audience>,
    /// Lifetimes and windows.
    pub policy: Policy,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_id_fits_a_path() {
        for id in ["main", "0", "a-b-c", &"a".repeat(63)] {
            assert!(id.parse::<IssuerId>().is_ok(), "{id}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for id in ["", "-a", "Main", "a/b", "..", "a b", "ä", &"a".repeat(64)] {
            assert_eq!(id.parse::<IssuerId>(), Err(InvalidIssuerId), "{id}");
        }
    }
}
