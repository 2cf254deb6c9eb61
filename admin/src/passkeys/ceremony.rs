//! The two ceremonies: a passkey is made, a passkey is used.

use aws_lc_rs::digest::{Digest, SHA256, digest};

use super::attestation::AttestationObject;
use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Kind};
use super::public_key::PublicKey;
use super::{PasskeyError, RelyingParty};

/// What a browser sends when a passkey was made: `AuthenticatorAttestationResponse`.
#[derive(Debug, Clone)]
pub struct Registration {
    /// `clientDataJSON`
    pub client_data: Vec<u8>,
    /// `attestationObject`
    pub attestation_object: Vec<u8>,
}

/// What a browser sends when a passkey was used: `AuthenticatorAssertionResponse`.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// `rawId`
    pub credential_id: Vec<u8>,
    /// `clientDataJSON`
    pub client_data: Vec<u8>,
    /// `authenticatorData`
    pub authenticator_data: Vec<u8>,
    /// `signature`
    pub signature: Vec<u8>,
    /// `userHandle`, which not every authenticator sends.
    pub user_handle: Option<Vec<u8>>,
}

/// A passkey that may be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// What the authenticator calls it.
    pub credential_id: Vec<u8>,
    /// Its public key, as a COSE_Key.
    pub public_key: Vec<u8>,
    /// How often it was used.
    pub counter: u32,
    /// Whether its owner's devices may share it.
    pub backup_eligible: bool,
}

/// A passkey that was kept, as far as an answer is held against it.
#[derive(Debug, Clone, Copy)]
pub struct KnownPasskey<'a> {
    /// What the authenticator calls it.
    pub credential_id: &'a [u8],
    /// What the authenticator calls its user.
    pub user_handle: &'a [u8],
    /// Its public key, as a COSE_Key.
    pub public_key: &'a [u8],
    /// The highest count that was seen.
    pub counter: u32,
    /// Whether its owner's devices may share it.
    pub backup_eligible: bool,
}

impl RelyingParty {
    /// Judges what came back when a passkey was made (7.1). That nobody has it already is left to the caller (step 26).
    pub fn registered(&self, challenge: &[u8], it: &Registration) -> Result<NewPasskey, PasskeyError> {
        // 5 to 11. What the browser was asked.
        client_data::check(&it.client_data, Kind::Create, challenge, self)?;
        // 12. Its hash.
        let client_data_hash = sha256(&it.client_data);
        // 13 to 18. The authenticator's data.
        let object = AttestationObject::read(&it.attestation_object)?;
        let data = AuthenticatorData::read(object.authenticator_data)?;
        data.check(self)?;
        // 20. A passkey of an algorithm that was offered.
        let made = data.made.as_ref().ok_or(PasskeyError::Malformed("it holds no passkey"))?;
        let key = PublicKey::read(made.public_key)?;
        // 21 to 24. The statement: none is asked for, and none beyond that is believed.
        object.check(&key, client_data_hash.as_ref())?;
        // 25. The length of the id was looked at when it was read.
        Ok(NewPasskey {
            credential_id: made.id.to_vec(),
            public_key: made.public_key.to_vec(),
            counter: data.counter,
            backup_eligible: data.is_backup_eligible(),
        })
    }

    /// Judges what came back when a passkey was used (7.2), and returns what it counts now. That it is one of the user who
    /// signs in is left to the caller (steps 5 and 6), who looked it up among hers.
    pub fn asserted(
        &self,
        challenge: &[u8],
        known: KnownPasskey<'_>,
        it: &Assertion,
    ) -> Result<u32, PasskeyError> {
        // 5 and 6. It is this passkey, and of this user.
        let other_user = it.user_handle.as_deref().is_some_and(|handle| handle != known.user_handle);
        if it.credential_id != known.credential_id || other_user {
            return Err(PasskeyError::OfNobody);
        }
        // 8 to 14. What the browser was asked.
        client_data::check(&it.client_data, Kind::Get, challenge, self)?;
        // 15 to 18. The authenticator's data.
        let data = AuthenticatorData::read(&it.authenticator_data)?;
        data.check(self)?;
        // 19. Whether it may be copied is settled when it is made.
        if data.is_backup_eligible() != known.backup_eligible {
            return Err(PasskeyError::Contradiction);
        }
        // 20 and 21. The signature over both.
        let signed = [&it.authenticator_data, sha256(&it.client_data).as_ref()].concat();
        PublicKey::read(known.public_key)?.verify(&signed, &it.signature)?;
        // 22. Where it counts, it counts upwards.
        let counts = data.counter != 0 || known.counter != 0;
        if counts && data.counter <= known.counter {
            return Err(PasskeyError::CounterWentBack { known: known.counter, presented: data.counter });
        }
        Ok(data.counter)
    }
}

pub(super) fn sha256(bytes: &[u8]) -> Digest {
    digest(&SHA256, bytes)
}
