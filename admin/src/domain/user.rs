//! People who sign in by name.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::{Role, SecretText, Timestamp};

/// For so long an invitation waits: over a weekend.
pub const INVITATION_SECS: u64 = 3 * 86_400;

/// Somebody at an identity provider, whatever they are called there (OpenID Connect Core, 5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderIdentity {
    /// Who vouches for them.
    pub issuer: String,
    /// What they are there, and nobody else ever is.
    pub subject: String,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// What they sign in by. It is never given to somebody else.
    pub name: UserName,
    /// What they may do.
    pub role: Role,
    /// When they were made.
    pub created_at: Timestamp,
    /// When they were shut out.
    pub disabled_at: Option<Timestamp>,
    /// When their password was set; none before the first.
    pub password_set_at: Option<Timestamp>,
    /// Who they are at the identity provider, for one who signs in there. They have no password here.
    pub provider: Option<ProviderIdentity>,
    /// When they signed in last.
    pub last_signed_in_at: Option<Timestamp>,
}

/// A name in the log, in paths and on the sign-in: `[a-z][a-z0-9._-]{0,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

impl UserName {
    /// The most that a name has, in bytes.
    const MOST: usize = 32;
    /// More of one name than there can be users.
    const LAST_SUFFIX: u32 = 9_999;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first of `name`, `name-2`, `name-3` and so on that is not taken, made from what somebody is called elsewhere:
    /// `Ada.Lovelace@example.com` is `ada.lovelace` here. There is none where nothing of it can stand in a name.
    pub fn like(text: &str, is_taken: impl Fn(&str) -> bool) -> Option<Self> {
        let local = text.split('@').next().unwrap_or_default();
        let plain = |letter: char| match letter.to_ascii_lowercase() {
            it @ ('a'..='z' | '0'..='9' | '.' | '_' | '-') => it,
            _ => '-',
        };
        let name: String = local.trim().chars().map(plain).collect();
        let name = name.trim_start_matches(|first: char| !first.is_ascii_lowercase());
        let ended = |suffix: &str| {
            let room = name.len().min(Self::MOST - suffix.len());
            format!("{}{suffix}", name.get(..room).unwrap_or_default())
        };
        let suffixes =
            std::iter::once(String::new()).chain((2..=Self::LAST_SUFFIX).map(|number| format!("-{number}")));
        suffixes.map(|suffix| ended(&suffix)).find(|name| !is_taken(name))?.parse().ok()
    }
}

impl FromStr for UserName {
    type Err = InvalidUserName;

    fn from_str(name: &str) -> Result<Self, InvalidUserName> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        let begins_well = name.starts_with(|first: char| first.is_ascii_lowercase());
        let well_formed = begins_well && name.len() <= Self::MOST && name.bytes().all(allowed);
        if well_formed { Ok(Self(name.to_owned())) } else { Err(InvalidUserName) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// It could not be told from another one everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user's name has 1 to 32 lower-case letters, digits, dots, hyphens or underscores, and begins with a letter"
)]
pub struct InvalidUserName;

/// A password that is long enough to be one. Nothing else is asked of it: rules about signs make people write them down.
pub struct NewPassword(SecretText);

impl NewPassword {
    /// The least for a password that is the only factor (NIST SP 800-63B-4, 3.1.1.2), in characters.
    pub const LEAST: usize = 15;
    /// In bytes; room for a sentence in any language, and little to hash.
    pub const MOST: usize = 256;

    /// Returns `Ok` only if it can be a password of this user.
    pub fn of(user: &UserName, password: SecretText) -> Result<Self, WeakPassword> {
        let text = password.reveal();
        if text.chars().count() < Self::LEAST {
            return Err(WeakPassword::TooShort);
        }
        if text.len() > Self::MOST {
            return Err(WeakPassword::TooLong);
        }
        let mut letters = text.chars();
        let first = letters.next();
        let is_one_letter = letters.all(|letter| Some(letter) == first);
        let rest = text.to_lowercase().replace(user.as_str(), "");
        if is_one_letter || rest.chars().count() < Self::LEAST / 2 {
            return Err(WeakPassword::Guessable);
        }
        Ok(Self(password))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// Somebody would guess it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("a password has at least {} characters: take four words", NewPassword::LEAST)]
    TooShort,
    /// Too many bytes.
    #[error("a password has at most {} bytes: take fewer words", NewPassword::MOST)]
    TooLong,
    /// One letter, or hardly more than the name.
    #[error("this password is the first that somebody would try: take four words")]
    Guessable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_stand_everywhere() {
        for name in ["ada", "a", "ada.lovelace", "o_b-1"] {
            assert_eq!(name.parse::<UserName>().unwrap().as_str(), name);
        }
        for name in ["", "Ada", "1a", "-a", "a b", "a/b", "a:b", "ä", &"a".repeat(33)] {
            assert!(name.parse::<UserName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_name_from_elsewhere_becomes_one_of_ours_that_nobody_has() {
        let like =
            |text: &str, taken: &[&str]| UserName::like(text, |name| taken.contains(&name)).map(|it| it.0);
        assert_eq!(like("Ada.Lovelace@example.com", &[]).as_deref(), Some("ada.lovelace"));
        assert_eq!(like("ada", &["ada", "ada-2"]).as_deref(), Some("ada-3"));
        assert_eq!(like("Grace Hopper", &[]).as_deref(), Some("grace-hopper"));
        assert_eq!(like("007 James", &[]).as_deref(), Some("james"));
        assert_eq!(like("Ünal", &[]).as_deref(), Some("nal"));
        let long = "x".repeat(40);
        assert_eq!(like(&long, &[&"x".repeat(32)]), Some(format!("{}-2", "x".repeat(30))));
        for nobody in ["", "@example.com", "123", "李", "…"] {
            assert_eq!(like(nobody, &[]), None, "{nobody}");
        }
    }

    #[test]
    fn a_password_is_long_and_not_the_first_guess() {
        let user = "ada.lovelace".parse().unwrap();
        let of = |text: &str| NewPassword::of(&user, SecretText::new(text.to_owned())).map(drop);
        assert_eq!(of("four short words"), Ok(()));
        assert_eq!(of("14 characters!"), Err(WeakPassword::TooShort));
        // Characters are counted, not bytes.
        assert_eq!(of("äöüäöüäöüäöüä"), Err(WeakPassword::TooShort));
        assert_eq!(of(&"word ".repeat(60)), Err(WeakPassword::TooLong));
        assert_eq!(of("aaaaaaaaaaaaaaaa"), Err(WeakPassword::Guessable));
        assert_eq!(of("Ada.Lovelace123"), Err(WeakPassword::Guessable));
    }
}
