//! A key that is taken is sound.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::jwk(input));
