//! Who somebody is.

use std::fmt;
use std::str::FromStr;

/// Who somebody is, whatever they are called: two actors of one principal are one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The holder of the API token with this id, also in a session that was opened with it.
    Token(String),
    /// A user of this name.
    User(String),
    /// A user of the machine that the server runs on.
    Local(String),
    /// The server itself.
    Server,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => write!(f, "token:{id}"),
            Self::User(name) => write!(f, "user:{name}"),
            Self::Local(user) => write!(f, "local:{user}"),
            Self::Server => f.write_str("steward"),
        }
    }
}

impl FromStr for Principal {
    type Err = UnknownPrincipal;

    fn from_str(text: &str) -> Result<Self, UnknownPrincipal> {
        match text.split_once(':') {
            Some(("token", id)) => Ok(Self::Token(id.to_owned())),
            Some(("user", name)) => Ok(Self::User(name.to_owned())),
            Some(("local", user)) => Ok(Self::Local(user.to_owned())),
            None if text == "steward" => Ok(Self::Server),
            _ => Err(UnknownPrincipal(text.to_owned())),
        }
    }
}

/// It names nobody that this program knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nobody: use `token:ID`, `user:NAME` or `local:USER`")]
pub struct UnknownPrincipal(String);
