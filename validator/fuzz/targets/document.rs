//! No document that no root has signed is believed, and none makes the reader panic.
#![no_main]

use std::sync::LazyLock;

use keystile_validator::{Limits, RootKeys, UnverifiedKeySet};
use libfuzzer_sys::fuzz_target;

static ROOTS: LazyLock<RootKeys> = LazyLock::new(|| {
    RootKeys::from_jwks(include_bytes!("../../../tests/vectors/sequence/roots.json"))
        .expect("the roots are sound")
});

fuzz_target!(|jws: &[u8]| {
    let document = UnverifiedKeySet::parse(jws, &Limits::default());
    if document.and_then(|document| document.verify(&ROOTS)).is_ok() {
        assert_eq!(jws, include_bytes!("../../../tests/vectors/sequence/version-7.jws"));
    }
});
