//! A key in PEM is the same key once it is written again.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::pem(input));
