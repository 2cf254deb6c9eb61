//! The RS256 engines behind plain WebAssembly exports, for `measure.mjs` and `differential.mjs`.
#![allow(dead_code)]

extern crate alloc;

#[path = "../../src/rs256/public_operation/mod.rs"]
mod rs256;

use rs256::{Engine, PublicOperation};
use sha2::{Digest, Sha256};
use std::cell::RefCell;

const ENGINES: [Engine; 3] = [Engine::Scalar, Engine::Simd128, Engine::Fused];

thread_local! {
    static KEYS: RefCell<Vec<PublicOperation>> = const { RefCell::new(Vec::new()) };
}

fn slice<'a>(pointer: *mut u8, length: usize) -> &'a mut [u8] {
    // SAFETY: the scripts pass what `allocate` returned, with a length not above the allocated one.
    unsafe { core::slice::from_raw_parts_mut(pointer, length) }
}

#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// The index in `ENGINES` of the engine that the self-tests select.
#[unsafe(no_mangle)]
pub extern "C" fn selected() -> usize {
    ENGINES.iter().position(|&engine| engine == rs256::engine()).unwrap()
}

/// EMSA-PKCS1-v1_5 with SHA-256, without the digest.
fn frame(length: usize) -> Vec<u8> {
    const DIGEST_INFO: [u8; 19] = [48, 49, 48, 13, 6, 9, 96, 134, 72, 1, 101, 3, 4, 2, 1, 5, 0, 4, 32];
    [&[0, 1][..], &vec![0xff; length - 54], &[0], &DIGEST_INFO].concat()
}

/// Prepares a key with the engine at that index and returns its number; -1 if this build has not got the engine.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(engine: usize, exponent: u64, modulus: *mut u8, length: usize) -> i32 {
    let key = PublicOperation::with_engine(slice(modulus, length), exponent, &frame(length), ENGINES[engine]);
    let Some(key) = key.filter(|key| key.engine() == ENGINES[engine]) else { return -1 };
    KEYS.with_borrow_mut(|keys| {
        keys.push(key);
        keys.len() as i32 - 1
    })
}

/// Whether `number`^`exponent` is `expected` modulo the modulus, all of the same length, by the engine at that index; -1 if
/// this build has not got it.
#[unsafe(no_mangle)]
pub extern "C" fn yields(
    engine: usize,
    exponent: u64,
    modulus: *mut u8,
    number: *mut u8,
    expected: *mut u8,
    length: usize,
) -> i32 {
    let (frame, tail) = slice(expected, length).split_at(length - PublicOperation::MAX_TAIL);
    let operation = PublicOperation::with_engine(slice(modulus, length), exponent, frame, ENGINES[engine]);
    let Some(operation) = operation.filter(|it| it.engine() == ENGINES[engine]) else { return -1 };
    i32::from(operation.yields(slice(number, length), || tail))
}

#[unsafe(no_mangle)]
pub extern "C" fn sha256(message: *mut u8, length: usize, result: *mut u8) {
    slice(result, 32).copy_from_slice(&Sha256::digest(slice(message, length)));
}

/// RSASSA-PKCS1-v1_5 with SHA-256, as the validator does it.
#[unsafe(no_mangle)]
pub extern "C" fn verify(
    key: usize,
    message: *mut u8,
    message_length: usize,
    signature: *mut u8,
    length: usize,
) -> bool {
    let digest = || Sha256::digest(slice(message, message_length));
    KEYS.with_borrow(|keys| keys[key].yields(slice(signature, length), digest))
}
