//! What a reader remembers of the key sets it has believed, so that nobody can lead it back.

use std::collections::HashSet;

use crate::{
    key::{KeyId, PublicKey},
    key_set::KeySet,
    key_set_document::{Departure, Publication},
    key_set_error::KeySetCode,
    limits::Limits,
};

/// The least that a reader takes after what it has seen: the highest version, the highest generation of a delegation,
/// and no key that was revoked.
///
/// It only rises. Kept where a restart does not lose it, it holds over restarts; version and generation are numbers to
/// be stored, the rest is learned again from the current set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    version: u64,
    /// The content of that version, where it was seen and not just told.
    digest: Option<[u8; 32]>,
    generation: u64,
    /// The key of that generation, where it was seen and not just told.
    signer: Option<KeyId>,
    revoked: HashSet<String>,
}

impl Floor {
    /// Nothing below `version` is taken.
    pub fn at_version(version: u64) -> Self {
        Self { version, ..Self::default() }
    }

    /// The same floor, below which no delegation of a generation before `generation` is taken either.
    #[must_use]
    pub fn with_generation(self, generation: u64) -> Self {
        Self { generation, signer: None, ..self }
    }

    /// The highest version seen; 0 for none.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The highest generation of a delegation seen; 0 for none.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Remembers a key set that is believed. A plain one leaves nothing to remember.
    pub fn raise(&mut self, key_set: &KeySet) {
        let Some(publication) = key_set.publication() else { return };
        if publication.version >= self.version {
            self.version = publication.version;
            self.digest = Some(publication.digest);
        }
        if let Some(delegation) =
            publication.delegation.as_ref().filter(|it| it.generation >= self.generation)
        {
            self.generation = delegation.generation;
            self.signer = Some(delegation.key.thumbprint().clone());
        }
        let revoked = publication.history.iter().filter(|(_, departure)| **departure == Departure::Revoked);
        for (kid, _) in revoked {
            // What is full forgets nothing: whoever could push out old names would bring their keys back.
            if self.revoked.len() < Limits::MAX_REVOKED_KIDS {
                self.revoked.insert(kid.clone());
            }
        }
    }

    /// Returns `Ok` only if a set of `keys` and `publication` may follow.
    pub(crate) fn check(&self, keys: &[PublicKey], publication: &Publication) -> Result<(), KeySetCode> {
        self.check_generation(publication)?;
        let is_same = self.digest.is_none_or(|digest| digest == publication.digest);
        if publication.version < self.version || (publication.version == self.version && !is_same) {
            return Err(KeySetCode::DocumentVersionRollback);
        }
        if keys.iter().any(|key| self.revoked.contains(key.kid().as_str())) {
            return Err(KeySetCode::RevokedKeyInSet);
        }
        Ok(())
    }

    /// A root needs no delegation, so that what it signs itself is always of the highest generation. One generation is
    /// one key: a second one would be a way around the withdrawal of the first.
    fn check_generation(&self, publication: &Publication) -> Result<(), KeySetCode> {
        let Some(delegation) = &publication.delegation else { return Ok(()) };
        let is_same_key = self.signer.as_ref().is_none_or(|signer| signer == delegation.key.thumbprint());
        let is_current = delegation.generation > self.generation
            || (delegation.generation == self.generation && is_same_key);
        if is_current { Ok(()) } else { Err(KeySetCode::DelegationWithdrawn) }
    }
}
