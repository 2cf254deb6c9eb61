use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use super::envelope::{SealContext, Sealed};
use super::{MasterKey, MasterKeys, SealError};
use crate::domain::{SecretBytes, SecretText};

/// Where the master key comes from.
pub enum MasterKeySource {
    /// A file that its owner alone may read.
    File(PathBuf),
    /// The environment.
    Given(SecretText),
}

impl MasterKeySource {
    /// Reads it as it is now.
    pub fn read(&self) -> Result<MasterKeys, SealError> {
        MasterKeys::from_text(&self.text()?)
    }

    /// The text of it as it is now.
    pub fn text(&self) -> Result<SecretText, SealError> {
        match self {
            Self::File(path) => MasterKey::read_file(path),
            Self::Given(text) => Ok(SecretText::new(text.reveal().to_owned())),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Given(_) => None,
        }
    }
}

/// The master keys of a running server. Where the ones in memory do not fit, the source is read again: so a server goes on
/// when another process has wrapped everything anew, and comes back by itself when a lost key file is put back.
pub struct KeyHolder {
    source: MasterKeySource,
    held: RwLock<Option<MasterKeys>>,
}

impl KeyHolder {
    /// Holds nothing yet.
    pub fn of(source: MasterKeySource) -> Self {
        Self { source, held: RwLock::new(None) }
    }

    /// Where the keys come from.
    pub fn source(&self) -> &MasterKeySource {
        &self.source
    }

    /// Decrypts a secret that was sealed for this very context.
    pub fn open(&self, context: &SealContext<'_>, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        let held = self.held().map(|keys| keys.open(context, sealed));
        match held {
            Some(Ok(secret)) => Ok(secret),
            Some(Err(_)) | None => self.read_again()?.open(context, sealed),
        }
    }

    /// Encrypts a secret under the key of this fingerprint: the one that the database says it is sealed with.
    pub fn seal(
        &self,
        fingerprint: &str,
        context: &SealContext<'_>,
        secret: &SecretBytes,
    ) -> Result<Sealed, SealError> {
        let keys = self.keys_with(fingerprint)?;
        let key = keys.with(fingerprint).ok_or(SealError::DoesNotOpen)?;
        key.seal(context, secret)
    }

    /// The keys, among which is the one of this fingerprint.
    pub fn keys_with(&self, fingerprint: &str) -> Result<MasterKeys, SealError> {
        let fits = |keys: &MasterKeys| keys.with(fingerprint).is_some();
        if let Some(keys) = self.held().filter(fits) {
            return Ok(keys);
        }
        let keys = self.read_again()?;
        let found = keys.newest().map(MasterKey::fingerprint).unwrap_or_default();
        let another = SealError::AnotherMasterKey { expected: fingerprint.to_owned(), found };
        if fits(&keys) { Ok(keys) } else { Err(another) }
    }

    fn held(&self) -> Option<MasterKeys> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read_again(&self) -> Result<MasterKeys, SealError> {
        let keys = self.source.read()?;
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        Ok(keys)
    }
}
