//! What a reader remembers of the key sets it has believed, so that nobody can lead it back.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

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
    /// In order, so that a name is found in few steps.
    revoked: Vec<String>,
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
        let revoked = publication.history.iter().filter(|(_, departure)| *departure == Departure::Revoked);
        revoked.for_each(|(kid, _)| self.remember_revoked(kid));
    }

    /// What is full forgets nothing: whoever could push out old names would bring their keys back.
    fn remember_revoked(&mut self, kid: &str) {
        if let Err(place) = self.find_revoked(kid)
            && self.revoked.len() < Limits::MAX_REVOKED_KIDS
        {
            self.revoked.insert(place, kid.to_owned());
        }
    }

    /// Where `kid` is among the revoked, or else where it would be.
    fn find_revoked(&self, kid: &str) -> Result<usize, usize> {
        self.revoked.binary_search_by(|revoked| revoked.as_str().cmp(kid))
    }

    /// Returns `Ok` only if a set of `keys` and `publication` may follow.
    pub(crate) fn check(&self, keys: &[PublicKey], publication: &Publication) -> Result<(), KeySetCode> {
        self.check_generation(publication)?;
        let is_same = self.digest.is_none_or(|digest| digest == publication.digest);
        if publication.version < self.version || (publication.version == self.version && !is_same) {
            return Err(KeySetCode::DocumentVersionRollback);
        }
        if keys.iter().any(|key| self.find_revoked(key.kid().as_str()).is_ok()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_that_is_full_of_revoked_keys_keeps_the_first_ones() {
        let mut floor = Floor::default();
        for number in 0..=Limits::MAX_REVOKED_KIDS {
            floor.remember_revoked(&number.to_string());
        }
        assert_eq!(floor.revoked.len(), Limits::MAX_REVOKED_KIDS);
        assert!(floor.find_revoked("0").is_ok() && floor.find_revoked("9999").is_ok());
    }

    #[test]
    fn a_generation_that_is_told_names_no_key() {
        let seen = Floor { generation: 1, signer: Some(KeyId::from("k")), ..Floor::at_version(7) };
        let told = seen.with_generation(2);
        assert_eq!(told, Floor { generation: 2, ..Floor::at_version(7) });
        assert_eq!((told.version(), told.generation()), (7, 2));
    }
}
