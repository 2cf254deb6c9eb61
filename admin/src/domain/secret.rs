//! What must not be seen: no `Debug`, no `Clone`, no `Serialize`, and gone from memory when dropped.

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Secret bytes, such as a private key or a data key.
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over. The caller keeps no copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the one who must use them.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

/// Secret text, such as a PEM private key or an API token.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over. The caller keeps no copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one who must use or hand it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// From an answer that is known to be secret.
impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl From<Zeroizing<String>> for SecretText {
    fn from(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}
