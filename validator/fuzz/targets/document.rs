//! A signed key set is believed for its signature, issuer, version and time.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::document(input));
