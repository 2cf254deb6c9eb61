//! What is read as a key set is read as the same one from the plain form that it gives of itself.
#![no_main]

use keystile_validator::{KeySet, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let limits = Limits::default();
    let from_pem = std::str::from_utf8(text).ok().and_then(|text| KeySet::from_pem(&[text], &limits).ok());
    for key_set in KeySet::from_jwks(text, &limits).ok().into_iter().chain(from_pem) {
        let again =
            KeySet::from_jwks(key_set.to_jwks().as_bytes(), &limits).expect("the plain form is sound");
        assert_eq!(again.keys(), key_set.keys());
    }
});
