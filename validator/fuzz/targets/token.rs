//! No token that is not signed is believed, and none makes the validator panic.
#![no_main]

use std::sync::LazyLock;

use keystile_validator::{Expected, KeySet, Limits, Policy, UnixTime, Validator};
use libfuzzer_sys::fuzz_target;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let jwks = include_bytes!("../../../tests/vectors/sequence/plain.json");
    let policy = Policy::builder()
        .issuer(Expected::NotChecked)
        .audience(Expected::NotChecked)
        .required_claims([""; 0]);
    let policy = policy.allow_missing_kid(true).build().expect("the policy is sound");
    Validator::new(KeySet::from_jwks(jwks, &Limits::default()).expect("the set is sound"), policy)
});

fuzz_target!(|token: &[u8]| {
    if VALIDATOR.validate(token, UnixTime::from_secs(0)).is_ok() {
        assert_eq!(token, include_bytes!("../../../tests/vectors/sequence/token.jws"));
    }
});
