//! The signed key set: believed for its signature, its issuer, its time and its version, never for where it was read.

use alloc::vec::Vec;

use crate::{
    delegation::Delegation,
    envelope::Envelope,
    floor::Floor,
    key::PublicKey,
    key_set::KeySet,
    key_set_document::{self, Publication},
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    revocation_filter::{Filter, FilterReference},
    root_keys::RootKeys,
    time::{NumericDate, UnixTime},
};

/// The type of a signed key set (OpenID Federation 1.0 section 5.2.1).
const TYP: &str = "jwk-set+jwt";

/// By how many seconds the clocks of the server that signs and of a reader may differ.
const CLOCK_SKEW: u64 = 30;

/// A signed key set of which nothing is believed yet.
#[derive(Debug)]
pub struct UnverifiedKeySet<'a> {
    envelope: Envelope<'a>,
    limits: Limits,
}

impl<'a> UnverifiedKeySet<'a> {
    /// Takes the document apart: a compact JWS with the header of a signed key set.
    pub fn parse(jws: &'a [u8], limits: &Limits) -> Result<Self, KeySetError> {
        if jws.len() > limits.key_set_bytes() {
            return Err(KeySetCode::KeySetTooLarge.into());
        }
        Ok(Self { envelope: Envelope::parse(jws, TYP, limits)?, limits: *limits })
    }

    /// Returns the content only if one of `roots` signed it, or a key that one of `roots` delegates it to.
    pub fn verify(self, roots: &RootKeys) -> Result<SignedKeySet, KeySetError> {
        let delegation = self.envelope.delegation(roots, &self.limits)?;
        let payload = self.envelope.open(self.envelope.signer(delegation.as_ref(), roots)?)?;

        let (keys, mut publication) = key_set_document::read(&payload, &self.limits)?;
        if keys.iter().any(|key| roots.contain(key) || is_set_signing_key(key, delegation.as_ref())) {
            return Err(KeySetCode::SigningKeyInSet.into());
        }
        if delegation.as_ref().is_some_and(|delegation| delegation.issuer != publication.issuer) {
            return Err(KeySetCode::DelegationIssuerMismatch.into());
        }
        publication.delegation = delegation;
        Ok(SignedKeySet { keys, publication })
    }
}

/// What signs key sets signs nothing else: as a token key too, whoever has tokens signed could have a key set signed.
fn is_set_signing_key(key: &PublicKey, delegation: Option<&Delegation>) -> bool {
    delegation.is_some_and(|delegation| delegation.key.thumbprint() == key.thumbprint())
}

/// A key set that a root vouches for. Whether it is the right one, and still valid, is not known yet.
#[derive(Debug)]
pub struct SignedKeySet {
    keys: Vec<PublicKey>,
    publication: Publication,
}

impl SignedKeySet {
    /// The issuer whose tokens the keys verify.
    pub fn issuer(&self) -> &str {
        &self.publication.issuer
    }

    /// The version, which strictly increases.
    pub fn version(&self) -> u64 {
        self.publication.version
    }

    /// The delegation that it was signed under, if no root has signed it itself.
    pub fn delegation(&self) -> Option<&Delegation> {
        self.publication.delegation.as_ref()
    }

    /// The filters of revoked tokens that it names. Where there are any, the set is trusted only with all of them.
    pub fn filters(&self) -> &[FilterReference] {
        &self.publication.filters
    }

    /// The same set with those of `filters` that it names; others change nothing.
    #[must_use]
    pub fn with_filters<'f>(mut self, filters: impl IntoIterator<Item = &'f Filter>) -> Self {
        let Publication { filters: named, revocations, .. } = &mut self.publication;
        for filter in filters {
            let reference = filter.reference();
            let is_given = revocations.filters.iter().any(|given| given.reference() == reference);
            if named.contains(reference) && !is_given {
                revocations.filters.push(filter.clone());
            }
        }
        self
    }

    /// Returns `Ok` only if the set is of `issuer`, valid at `now`, and not below `floor`: what can be said before its
    /// filters are there.
    pub fn check(&self, issuer: &str, now: UnixTime, floor: &Floor) -> Result<(), KeySetError> {
        if self.publication.issuer != issuer {
            return Err(KeySetCode::DocumentIssuerMismatch.into());
        }
        self.check_time(NumericDate::from(now))?;
        Ok(floor.check(&self.keys, &self.publication)?)
    }

    /// Returns the key set only if it is of `issuer`, valid at `now`, not below `floor`, and has the filters that it
    /// names.
    ///
    /// The floor is what was seen so far, kept where a restart does not lose it. Without a floor, whoever can write to
    /// the store can bring back every set that has not expired yet.
    pub fn trusted(self, issuer: &str, now: UnixTime, floor: &Floor) -> Result<KeySet, KeySetError> {
        self.check(issuer, now, floor)?;
        let given = &self.publication.revocations.filters;
        let is_given = |named| given.iter().any(|filter| filter.reference() == named);
        if !self.publication.filters.iter().all(is_given) {
            return Err(KeySetCode::FilterMissing.into());
        }
        KeySet::new(self.keys, Some(self.publication))
    }

    fn check_time(&self, now: NumericDate) -> Result<(), KeySetCode> {
        let Publication { issued_at, expires_at, delegation, .. } = &self.publication;
        if let Some(delegation) = delegation {
            delegation.check_time(now, CLOCK_SKEW)?;
        }
        if *issued_at > now.plus(CLOCK_SKEW) {
            Err(KeySetCode::DocumentNotYetValid)
        } else if now >= *expires_at {
            Err(KeySetCode::DocumentExpired)
        } else {
            Ok(())
        }
    }
}
