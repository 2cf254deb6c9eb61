//! What comes with a passkey when it is made (6.5.4).

use super::PasskeyError;
use super::cbor::{self, Item};
use super::public_key::PublicKey;

/// An attestation object.
pub(super) struct AttestationObject<'a> {
    pub(super) authenticator_data: &'a [u8],
    statement: Statement<'a>,
}

/// What it says about the make of the authenticator.
enum Statement<'a> {
    /// Nothing.
    None,
    /// Nothing but that the passkey has signed itself, which browsers let through where nothing is asked for (5.1.3, step
    /// "none").
    Itself { algorithm: i64, signature: &'a [u8] },
}

impl<'a> AttestationObject<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, PasskeyError> {
        let (map, rest) = cbor::map(bytes)?;
        let (Some(Item::Text(format)), Some(Item::Map(said)), Some(Item::Bytes(authenticator_data))) =
            (map.by_text("fmt"), map.by_text("attStmt"), map.by_text("authData"))
        else {
            return Err(PasskeyError::Malformed("the attestation object lacks a part"));
        };
        if !rest.is_empty() || map.len() != 3 {
            return Err(PasskeyError::Malformed("the attestation object has more parts than three"));
        }
        let statement = match (*format, said.len(), said.by_text("alg"), said.by_text("sig")) {
            ("none", 0, ..) => Statement::None,
            ("packed", 2, Some(Item::Integer(algorithm)), Some(Item::Bytes(signature))) => {
                Statement::Itself { algorithm: *algorithm, signature }
            }
            _ => return Err(PasskeyError::WrongAttestation),
        };
        Ok(Self { authenticator_data, statement })
    }

    /// 7.1, steps 21 and 22: the statement is a valid one of its kind.
    pub(super) fn check(&self, key: &PublicKey<'_>, client_data_hash: &[u8]) -> Result<(), PasskeyError> {
        let Statement::Itself { algorithm, signature } = self.statement else { return Ok(()) };
        let signed = [self.authenticator_data, client_data_hash].concat();
        let fits = algorithm == key.algorithm() && key.verify(&signed, signature).is_ok();
        if fits { Ok(()) } else { Err(PasskeyError::WrongAttestation) }
    }
}
