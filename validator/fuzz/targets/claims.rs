//! The claims of a token are judged as the rules read.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::claims(input));
