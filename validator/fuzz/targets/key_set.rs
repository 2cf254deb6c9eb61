//! The keys of a set that is taken are sound.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| keystile_validator::properties::key_set(input));
