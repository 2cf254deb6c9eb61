//! Keys and issuers for the tests of this crate. The public halves are real numbers; nobody has their private halves.

use keystile_validator::{Limits, PublicKey};

use super::{Issuer, Key, KeyFacts, KeySource, Policy, Timestamp};

/// Some instant to begin at.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_700_000_000);

/// An issuer with the default policy.
pub(crate) fn issuer() -> Issuer {
    let id = "main".parse().unwrap();
    Issuer { id, iss: "https://issuer.example".to_owned(), audience: None, policy: Policy::default() }
}

/// A public key like no other of another number.
pub(crate) fn public(number: u8) -> PublicKey {
    let mut modulus = vec![0xd5; 256];
    modulus[1] = number;
    PublicKey::from_components(&modulus, &[1, 0, 1], &Limits::default()).unwrap()
}

/// What is known about a new key whose private half is here.
pub(crate) fn facts(number: u8) -> KeyFacts {
    KeyFacts::new(public(number), KeySource::Generated, START, 1)
}

/// A pending key.
pub(crate) fn pending(number: u8) -> Key {
    Key::pending(facts(number))
}
