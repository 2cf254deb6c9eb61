//! The file format of age (<https://age-encryption.org/v1>), for X25519 recipients: `age -d` reads what this writes, and this
//! reads what `age -r` writes. Every primitive is aws-lc-rs's, as everywhere in this server.

mod bech32;
mod header;
mod stream;

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::domain::SecretText;

const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";

/// Whom a file is encrypted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

/// What opens it.
pub struct Identity(Zeroizing<[u8; 32]>);

/// Why a file could not be encrypted or opened.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// Not a recipient.
    #[error("`{0}` is no recipient: it is written like `age1…`, as `age-keygen` prints it")]
    NotARecipient(String),
    /// Not an identity.
    #[error("the file holds no identity: it is written like `AGE-SECRET-KEY-1…`, as `age-keygen` prints it")]
    NotAnIdentity,
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Not such a file, or a kind of it that is not ours.
    #[error("it is no file that age encrypted for X25519 recipients")]
    Malformed,
    /// For somebody else.
    #[error("it was encrypted for another recipient")]
    AnotherRecipient,
    /// Changed or cut off.
    #[error("it was changed or cut off")]
    Changed,
    /// Something else was encrypted.
    #[error("it is no backup of keystile")]
    NotABackup,
    /// The system has no randomness, or the library refuses a key.
    #[error("the cryptographic library failed")]
    Library,
}

impl FromStr for Recipient {
    type Err = AgeError;

    fn from_str(text: &str) -> Result<Self, AgeError> {
        let bytes = bech32::decode(RECIPIENT, text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| AgeError::NotARecipient(text.to_owned()))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bech32::encode(RECIPIENT, &self.0))
    }
}

impl Identity {
    /// A new one.
    pub fn generate() -> Result<Self, AgeError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(bytes.as_mut()).map_err(|_| AgeError::Library)?;
        Ok(Self(bytes))
    }

    /// Reads a file as `age-keygen` writes it: the first line that is not a comment.
    pub fn from_file_text(text: &SecretText) -> Result<Self, AgeError> {
        let mut lines = text.reveal().lines().map(str::trim);
        let line =
            lines.find(|line| !line.is_empty() && !line.starts_with('#')).ok_or(AgeError::NotAnIdentity)?;
        let bytes = bech32::decode(IDENTITY, line).map(Zeroizing::new).ok_or(AgeError::NotAnIdentity)?;
        let array = bytes.as_slice().try_into().map_err(|_| AgeError::NotAnIdentity)?;
        Ok(Self(Zeroizing::new(array)))
    }

    /// The line of its file.
    pub fn to_text(&self) -> SecretText {
        SecretText::new(bech32::encode(IDENTITY, self.0.as_slice()).to_ascii_uppercase())
    }

    /// Whom to encrypt for, so that this opens it.
    pub fn recipient(&self) -> Result<Recipient, AgeError> {
        let public = self.private()?.compute_public_key().map_err(|_| AgeError::Library)?;
        public.as_ref().try_into().map(Recipient).map_err(|_| AgeError::Library)
    }

    fn private(&self) -> Result<PrivateKey, AgeError> {
        PrivateKey::from_private_key(&X25519, self.0.as_slice()).map_err(|_| AgeError::Library)
    }
}

/// Encrypts for each of the recipients.
pub fn encrypt(recipients: &[Recipient], from: impl Read, mut to: impl Write) -> Result<(), AgeError> {
    let file_key = new_file_key()?;
    to.write_all(&header::write(&file_key, recipients)?)?;
    stream::encrypt(&file_key, from, to)
}

/// Decrypts. What was written before an error is to be thrown away.
pub fn decrypt(identity: &Identity, mut from: impl Read, to: impl Write) -> Result<(), AgeError> {
    let file_key = header::read(identity, &mut from)?;
    stream::decrypt(&file_key, from, to)
}

/// What the payload's key and the header's are derived from.
type FileKey = Zeroizing<[u8; 16]>;

fn new_file_key() -> Result<FileKey, AgeError> {
    let mut key = Zeroizing::new([0; 16]);
    rand::fill(key.as_mut()).map_err(|_| AgeError::Library)?;
    Ok(key)
}

/// HKDF-SHA-256 to a key of 32 bytes (RFC 5869).
fn derive(secret: &[u8], salt: &[u8], info: &str) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    struct Bytes32;
    impl KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = Zeroizing::new([0; 32]);
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    let info = [info.as_bytes()];
    let expanded = extracted.expand(&info, Bytes32).map_err(|_| AgeError::Library)?;
    expanded.fill(key.as_mut()).map_err(|_| AgeError::Library)?;
    Ok(key)
}

#[cfg(test)]
mod tests;
