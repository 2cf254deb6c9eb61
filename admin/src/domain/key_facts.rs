//! What is known about a key, whatever its state.

use keystile_validator::PublicKey;

use super::Timestamp;

/// Where a key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The server made it.
    Generated,
    /// It signed before the server was there.
    Adopted,
    /// It was made elsewhere and handed in.
    Imported,
}

impl KeySource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Generated, Self::Adopted, Self::Imported];

    /// The source's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Adopted => "adopted",
            Self::Imported => "imported",
        }
    }
}

/// What is known about a key, whatever its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// The public half; its thumbprint is the kid.
    pub public: PublicKey,
    /// Where it comes from.
    pub source: KeySource,
    /// When the server came to know it.
    pub created_at: Timestamp,
    /// The first version of the key set that contains it.
    pub introduced_in: u64,
    /// When a set that contains it was pushed and read back.
    pub published_at: Option<Timestamp>,
    /// When every region that reports had it.
    pub confirmed_at: Option<Timestamp>,
    /// The longest life of any token it signed or may have signed.
    pub longest_token_lifetime_secs: u64,
    /// Whether the server holds the private half.
    pub has_private_key: bool,
}

impl KeyFacts {
    /// What is known about a new key, which the version `introduced_in` is the first to contain.
    pub fn new(public: PublicKey, source: KeySource, created_at: Timestamp, introduced_in: u64) -> Self {
        Self {
            public,
            source,
            created_at,
            introduced_in,
            published_at: None,
            confirmed_at: None,
            longest_token_lifetime_secs: 0,
            has_private_key: true,
        }
    }

    /// The same of a key whose private half is elsewhere.
    #[must_use]
    pub fn without_private_key(self) -> Self {
        Self { has_private_key: false, ..self }
    }
}
