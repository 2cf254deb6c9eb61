//! The standard's own test vectors, and what no software authenticator of ours makes.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::Value;

use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Item};
use super::public_key::PublicKey;
use super::*;

struct Vector(Value);

impl Vector {
    fn all() -> Vec<Self> {
        let read: Value = serde_json::from_str(include_str!("vectors.json")).unwrap();
        read["vectors"].as_array().unwrap().iter().cloned().map(Self).collect()
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    fn bytes(&self, ceremony: &str, member: &str) -> Vec<u8> {
        let hex = self.0[ceremony][member].as_str().unwrap().as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
        hex.chunks(2).map(byte).collect()
    }

    fn challenge(&self, ceremony: &str) -> Vec<u8> {
        self.bytes(ceremony, "challenge")
    }

    fn registration(&self) -> Registration {
        Registration {
            client_data: self.bytes("registration", "clientDataJSON"),
            attestation_object: self.bytes("registration", "attestationObject"),
        }
    }

    /// What was made, whatever is said about its make.
    fn made(&self) -> NewPasskey {
        let object = self.bytes("registration", "attestationObject");
        let Some(Item::Bytes(data)) = cbor::map(&object).unwrap().0.by_text("authData").cloned() else {
            panic!("{} has no data", self.name());
        };
        let data = AuthenticatorData::read(data).unwrap();
        let made = data.made.as_ref().unwrap();
        NewPasskey {
            credential_id: made.id.to_vec(),
            public_key: made.public_key.to_vec(),
            counter: data.counter,
            backup_eligible: data.is_backup_eligible(),
        }
    }

    fn assertion(&self) -> Assertion {
        Assertion {
            credential_id: self.made().credential_id,
            client_data: self.bytes("authentication", "clientDataJSON"),
            authenticator_data: self.bytes("authentication", "authenticatorData"),
            signature: self.bytes("authentication", "signature"),
            user_handle: None,
        }
    }

    fn judged(&self) -> (Result<NewPasskey, PasskeyError>, Result<u32, PasskeyError>) {
        let us = RelyingParty::at("https://example.org").unwrap();
        let registered = us.registered(&self.challenge("registration"), &self.registration());
        let made = self.made();
        let asserted = us.asserted(&self.challenge("authentication"), known(&made), &self.assertion());
        (registered, asserted)
    }
}

fn known(made: &NewPasskey) -> KnownPasskey<'_> {
    let NewPasskey { credential_id, public_key, counter, backup_eligible } = made;
    let (counter, backup_eligible) = (*counter, *backup_eligible);
    KnownPasskey { credential_id, user_handle: &[], public_key, counter, backup_eligible }
}

#[test]
fn the_vectors_of_the_standard_are_judged_as_our_policy_wants_them() {
    use PasskeyError::{NotVerified, OtherAlgorithm, OtherOrigin, WrongAttestation};
    // Some of them verify no user, which the standard leaves to us, and we ask for always.
    let expected = [
        ("none-es256", Some(NotVerified), Some(NotVerified)),
        ("packed-self-es256", None, Some(NotVerified)),
        ("none-es256-crossOrigin", Some(OtherOrigin), Some(OtherOrigin)),
        ("none-es256-topOrigin", Some(OtherOrigin), Some(OtherOrigin)),
        ("none-es256-long-credential-id", Some(NotVerified), None),
        ("packed-es256", Some(WrongAttestation), None),
        ("packed-es384", Some(WrongAttestation), Some(OtherAlgorithm)),
        ("packed-es512", Some(WrongAttestation), Some(NotVerified)),
        ("packed-rs256", Some(WrongAttestation), Some(NotVerified)),
        ("packed-eddsa", Some(WrongAttestation), Some(NotVerified)),
        ("packed-ed448", Some(WrongAttestation), Some(OtherAlgorithm)),
        ("tpm-es256", Some(WrongAttestation), None),
        ("android-key-es256", Some(WrongAttestation), Some(NotVerified)),
        ("apple-es256", Some(WrongAttestation), Some(NotVerified)),
        ("fido-u2f-es256", Some(WrongAttestation), Some(NotVerified)),
    ];
    let judged: Vec<_> = Vector::all()
        .iter()
        .map(|it| (it.name().to_owned(), it.judged()))
        .map(|(name, (registered, asserted))| (name, registered.err(), asserted.err()))
        .collect();
    let expected: Vec<_> = expected.map(|(name, one, other)| (name.to_owned(), one, other)).into();
    assert_eq!(judged, expected);
}

#[test]
fn every_signature_among_the_vectors_of_the_standard_is_good() {
    let mut algorithms = Vec::new();
    for vector in Vector::all() {
        let (made, answer) = (vector.made(), vector.assertion());
        let signed = [&answer.authenticator_data, ceremony::sha256(&answer.client_data).as_ref()].concat();
        let Ok(key) = PublicKey::read(&made.public_key) else {
            assert!(["packed-es384", "packed-es512", "packed-ed448"].contains(&vector.name()));
            continue;
        };
        assert_eq!(key.verify(&signed, &answer.signature), Ok(()), "{}", vector.name());
        for byte in [0, signed.len() - 1] {
            let mut changed = signed.clone();
            changed[byte] ^= 1;
            assert!(key.verify(&changed, &answer.signature).is_err(), "{}", vector.name());
        }
        algorithms.push(key.algorithm());
    }
    algorithms.sort_unstable();
    algorithms.dedup();
    assert_eq!(algorithms, [public_key::RS256, public_key::EDDSA, public_key::ES256]);
}

#[test]
fn each_algorithm_that_is_offered_is_checked_and_no_other() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let x = pair.public_key().as_ref();
    // {1: 1, 3: -8, -1: 6, -2: x}
    let ed25519 = [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", x].concat();
    let key = PublicKey::read(&ed25519).unwrap();
    assert_eq!(key.verify(b"message", pair.sign(b"message").as_ref()), Ok(()));
    assert_eq!(key.verify(b"another", pair.sign(b"message").as_ref()), Err(PasskeyError::BadSignature));
    let point = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let (x, y) = point.public_key().as_ref()[1..].split_at(32);
    let p256 = |kind: u8, curve: u8, x: &[u8], y: &[u8]| {
        [
            &[0xa5, 1, kind, 3, 0x26, 0x20, curve, 0x21, 0x58, x.len() as u8][..],
            x,
            &[0x22, 0x58, y.len() as u8],
            y,
        ]
        .concat()
    };
    assert!(PublicKey::read(&p256(2, 1, x, y)).is_ok());
    let unusable = [
        p256(1, 1, x, y),
        p256(2, 2, x, y),
        p256(2, 1, &x[1..], y),
        p256(2, 1, x, x), // not on the curve
        p256(2, 1, &[0; 32], &[0; 32]),
        p256(2, 1, &[0xff; 32], y),
        [&p256(2, 1, x, y)[..], &[0]].concat(),
    ];
    for cose in unusable {
        assert_eq!(PublicKey::read(&cose).err(), Some(PasskeyError::UnusableKey), "{cose:x?}");
    }
    // A key of RSA with 2,040 bits, one with a leading zero, one with the exponent 3, and one with 4,104 bits.
    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let length = u16::try_from(modulus.len()).unwrap().to_be_bytes();
        let head = [&b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59"[..], &length].concat();
        [&head, modulus, &[0x21, 0x40 + exponent.len() as u8], exponent].concat()
    };
    assert!(PublicKey::read(&rsa(&[0xff; 256], &[1, 0, 1])).is_ok());
    let zero = [&[0][..], &[0xff; 256]].concat();
    for (modulus, exponent) in [
        (&[0xff; 255][..], &[1, 0, 1][..]),
        (&zero, &[1, 0, 1]),
        (&[0xff; 256], &[3]),
        (&[0xff; 513], &[1, 0, 1]),
    ] {
        assert_eq!(PublicKey::read(&rsa(modulus, exponent)).err(), Some(PasskeyError::UnusableKey));
    }
    // {1: 2, 3: -35}, and an empty map.
    assert_eq!(PublicKey::read(b"\xa2\x01\x02\x03\x38\x22").err(), Some(PasskeyError::OtherAlgorithm));
    assert_eq!(PublicKey::read(b"\xa0").err(), Some(PasskeyError::OtherAlgorithm));
}

#[test]
fn a_passkey_may_attest_itself_and_nobody_else() {
    let us = RelyingParty::at("https://example.org").unwrap();
    let itself = Vector::all().into_iter().find(|it| it.name() == "packed-self-es256").unwrap();
    let (challenge, whole) = (itself.challenge("registration"), itself.registration());
    assert!(us.registered(&challenge, &whole).is_ok());
    // A bit of its signature, which stands behind the letters `sig`.
    let place = whole.attestation_object.windows(3).position(|it| it == b"sig").unwrap();
    let mut forged = whole.clone();
    forged.attestation_object[place + 12] ^= 1;
    assert_eq!(us.registered(&challenge, &forged), Err(PasskeyError::WrongAttestation));
    // A statement that is said to be none.
    let packed = whole.attestation_object.windows(6).position(|it| it == b"packed").unwrap();
    let mut none = whole;
    none.attestation_object.splice(packed - 1..packed + 6, *b"\x64none");
    assert_eq!(us.registered(&challenge, &none), Err(PasskeyError::WrongAttestation));
}

#[test]
fn unasked_extensions_are_read_over_and_garbled_ones_refused() {
    let us = RelyingParty::at("https://example.org").unwrap();
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let made = NewPasskey {
        credential_id: vec![1],
        public_key: [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat(),
        counter: 0,
        backup_eligible: false,
    };
    let vector = Vector::all().into_iter().find(|it| it.name() == "none-es256").unwrap();
    let answer = |flags: u8, extensions: &[u8]| {
        let mut answer = Assertion { credential_id: vec![1], ..vector.assertion() };
        answer.authenticator_data[32] = flags;
        answer.authenticator_data.extend(extensions);
        let signed = [&answer.authenticator_data, ceremony::sha256(&answer.client_data).as_ref()].concat();
        answer.signature = key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec();
        us.asserted(&vector.challenge("authentication"), known(&made), &answer)
    };
    assert_eq!(answer(0b0000_0101, b""), Ok(0));
    // {"credProtect": 2}
    assert_eq!(answer(0b1000_0101, b"\xa1\x6bcredProtect\x02"), Ok(0));
    for (flags, extensions) in [
        (0b1000_0101, &b""[..]),
        (0b1000_0101, b"\x02"),
        (0b1000_0101, b"\xa1\x01"),
        (0b0000_0101, b"\xa0"),
        (0b1000_0101, b"\xa0\xa0"),
    ] {
        assert!(matches!(answer(flags, extensions), Err(PasskeyError::Malformed(_))), "{extensions:x?}");
    }
}
