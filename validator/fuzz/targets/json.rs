//! JSON is read as serde_json reads it.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::json(input));
