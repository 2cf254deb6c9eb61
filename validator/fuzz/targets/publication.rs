//! What is read of a signed key set keeps its rules.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::publication(input));
