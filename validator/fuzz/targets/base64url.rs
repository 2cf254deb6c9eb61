//! Base64url is read as RFC 4648 has it, bit by bit.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::base64url(input));
