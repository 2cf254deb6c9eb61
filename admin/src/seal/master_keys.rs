use std::sync::Arc;

use super::envelope::{SealContext, Sealed};
use super::{MasterKey, SealError};
use crate::domain::{SecretBytes, SecretText};

/// One that seals, one that it takes over from, and one more for a take-over that was interrupted.
const MOST: usize = 3;

/// The master keys of one source. The first is the newest; the others are there while secrets are wrapped anew.
#[derive(Clone)]
pub struct MasterKeys(Arc<[MasterKey]>);

impl MasterKeys {
    /// Newest first.
    pub fn new(keys: Vec<MasterKey>) -> Self {
        Self(keys.into())
    }

    /// Reads one to three keys, 32 bytes of base64 each, with white space between.
    pub fn from_text(text: &SecretText) -> Result<Self, SealError> {
        let words = text.reveal().split_whitespace().map(|word| SecretText::new(word.to_owned()));
        let keys = words.map(|word| MasterKey::from_base64(&word)).collect::<Result<Vec<_>, _>>()?;
        if (1..=MOST).contains(&keys.len()) {
            Ok(Self::new(keys))
        } else {
            Err(SealError::MasterKeyMalformed)
        }
    }

    /// The newest.
    pub fn newest(&self) -> Option<&MasterKey> {
        self.0.first()
    }

    /// The one with this fingerprint.
    pub fn with(&self, fingerprint: &str) -> Option<&MasterKey> {
        self.0.iter().find(|key| key.fingerprint() == fingerprint)
    }

    /// Decrypts a secret with whichever of them wraps it.
    pub fn open(&self, context: &SealContext<'_>, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        let opened = self.0.iter().find_map(|key| key.open(context, sealed).ok());
        opened.ok_or(SealError::DoesNotOpen)
    }

    /// Wraps a secret's data key under `to`, with whichever of them wraps it now. The secret itself stays closed.
    pub fn rewrap(
        &self,
        to: &MasterKey,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<Sealed, SealError> {
        let wrapped = self.0.iter().find_map(|key| key.rewrap(to, context, sealed).ok());
        wrapped.ok_or(SealError::DoesNotOpen)
    }
}
