//! The header of a token is judged as the rules read.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::header(input));
