//! A token that is believed is signed, and has one spelling.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::token(input));
