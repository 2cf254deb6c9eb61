//! The delegation: a root's word that another key may sign key sets for a while, so that the root can stay offline.

use alloc::string::String;

use crate::{
    envelope::Envelope,
    json::{Document, Members, Value},
    jwk,
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    root_keys::RootKeys,
    time::{NumericDate, UnixTime},
};

/// The type of a delegation. It is one of our own, so that no signature of a root can be taken for another's.
const TYP: &str = "keystile-delegation+jwt";

/// A key that a root lets sign the key sets of one issuer. Whether it may do so now is not known yet.
#[derive(Clone, Debug)]
pub struct Delegation {
    pub(crate) issuer: String,
    pub(crate) not_before: NumericDate,
    pub(crate) expires_at: NumericDate,
    pub(crate) generation: u64,
    pub(crate) key: PublicKey,
}

impl Delegation {
    /// The highest generation: what every JSON reader can represent. Only a root can count up to it.
    const MAX_GENERATION: u64 = (1 << 53) - 1;

    /// Returns the content only if `jws` is a delegation that one of `roots` signed.
    pub fn verify(jws: &[u8], roots: &RootKeys) -> Result<Self, KeySetError> {
        let limits = Limits::default();
        if jws.len() > Limits::MAX_DELEGATION_BYTES {
            return Err(KeySetCode::DelegationMalformed.into());
        }
        let envelope = Envelope::parse(jws, TYP, &limits).map_err(|_| KeySetCode::DelegationMalformed)?;
        let root = envelope.kid().and_then(|kid| roots.find(kid)).ok_or(KeySetCode::DocumentRootUnknown)?;
        let payload = envelope.open(root).map_err(|code| match code {
            KeySetCode::DocumentSignatureInvalid => KeySetCode::DelegationSignatureInvalid,
            _ => KeySetCode::DelegationMalformed,
        })?;
        let delegation = read(&payload, &limits).ok_or(KeySetCode::DelegationMalformed)?;
        // A root needs no delegation, and as a set-signing key it would have to be online.
        if roots.contain(&delegation.key) {
            return Err(KeySetCode::DelegationMalformed.into());
        }
        Ok(delegation)
    }

    /// The issuer whose key sets the key may sign.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The key that may sign key sets.
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The number that shuts out every delegation with a lower one.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The instant from which the key may sign.
    pub fn not_before(&self) -> UnixTime {
        self.not_before.to_unix_time()
    }

    /// The instant from which it may not any more.
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at.to_unix_time()
    }

    /// Returns `Ok` only if the key may sign at `now`, by clocks that differ by up to `skew` seconds. The end has no
    /// leeway.
    pub(crate) fn check_time(&self, now: NumericDate, skew: u64) -> Result<(), KeySetCode> {
        if self.not_before > now.plus(skew) {
            Err(KeySetCode::DelegationNotYetValid)
        } else if now >= self.expires_at {
            Err(KeySetCode::DelegationExpired)
        } else {
            Ok(())
        }
    }
}

/// Reads the payload of a delegation whose signature has been checked.
pub(crate) fn read(payload: &[u8], limits: &Limits) -> Option<Delegation> {
    let document = Document::parse(str::from_utf8(payload).ok()?, limits.json_depth()).ok()?;
    let members = document.members();
    let generation = members.get("generation")?.as_u64()?;
    Some(Delegation {
        issuer: members.get("iss")?.to_text()?,
        not_before: NumericDate::from_json(members.get("nbf")?)?,
        expires_at: NumericDate::from_json(members.get("exp")?)?,
        generation: Some(generation).filter(|it| (1..=Delegation::MAX_GENERATION).contains(it))?,
        key: set_signing_key(members, limits)?,
    })
}

/// The key, named by its thumbprint as the keys of a signed set are.
fn set_signing_key(members: Members, limits: &Limits) -> Option<PublicKey> {
    let jwk = members.get("key").and_then(Value::as_object)?;
    let key = jwk::read(jwk, limits).ok().flatten()?;
    Some(key).filter(|key| key.kid() == key.thumbprint())
}
