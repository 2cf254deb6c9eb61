//! Passkeys: the second factor of people who sign in by name.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// So many passkeys somebody has at most: one for each of their devices, and a few in drawers.
pub const MOST_PASSKEYS: usize = 10;
/// For so long a challenge waits for its answer: what a browser gives people to find their authenticator, and no longer.
pub const ATTEMPT_SECS: u64 = 300;

/// What its owner calls a passkey: 1 to 64 characters, none of which moves the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PasskeyName(String);

impl PasskeyName {
    const LONGEST: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PasskeyName {
    type Err = InvalidPasskeyName;

    fn from_str(name: &str) -> Result<Self, InvalidPasskeyName> {
        let name = name.trim();
        let fits = (1..=Self::LONGEST).contains(&name.chars().count());
        if fits && !name.chars().any(char::is_control) {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidPasskeyName)
        }
    }
}

impl fmt::Display for PasskeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Nobody could read it in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a passkey's name has 1 to {} characters on one line: say where it is, such as `blue key`",
    PasskeyName::LONGEST
)]
pub struct InvalidPasskeyName;

/// What an attempt with a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptKind {
    /// The password was right, and a passkey is to follow.
    SignIn,
    /// The password was right, there is no passkey yet, and the policy wants one.
    FirstPasskey,
    /// Somebody who is signed in adds one.
    AnotherPasskey,
}

impl AttemptKind {
    const ALL: [Self; 3] = [Self::SignIn, Self::FirstPasskey, Self::AnotherPasskey];

    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::FirstPasskey => "first_passkey",
            Self::AnotherPasskey => "another_passkey",
        }
    }
}

impl FromStr for AttemptKind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_that_people_can_read() {
        assert_eq!(" blue key ".parse::<PasskeyName>().unwrap().as_str(), "blue key");
        assert!("ü".repeat(64).parse::<PasskeyName>().is_ok());
        for name in ["", "  ", "two\nlines", "\u{1b}[2J", &"x".repeat(65)] {
            assert_eq!(name.parse::<PasskeyName>(), Err(InvalidPasskeyName), "{name:?}");
        }
    }

    #[test]
    fn each_kind_of_attempt_is_read_back() {
        assert!(AttemptKind::ALL.into_iter().all(|it| it.as_str().parse() == Ok(it)));
    }
}
