//! What is read of a delegation keeps its rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::delegation(input));
