//! The `rsa` crate behind the same plain WebAssembly exports as `validator/rs256-bench`, so that one loader serves both.

use std::cell::RefCell;

use rsa::pkcs1v15::{Signature, VerifyingKey};
use rsa::sha2::Sha256;
use rsa::signature::Verifier;
use rsa::{BigUint, RsaPublicKey};

thread_local! {
    static KEYS: RefCell<Vec<VerifyingKey<Sha256>>> = const { RefCell::new(Vec::new()) };
}

fn slice<'a>(pointer: *const u8, length: usize) -> &'a [u8] {
    // SAFETY: the loader passes what `allocate` returned, with a length not above the allocated one.
    unsafe { core::slice::from_raw_parts(pointer, length) }
}

#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::leak(vec![0; length].into_boxed_slice()).as_mut_ptr()
}

/// Prepares a key and returns its number; -1 if the crate refuses it. There is one engine, whatever its index.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(_engine: usize, exponent: u64, modulus: *const u8, length: usize) -> i32 {
    let modulus = BigUint::from_bytes_be(slice(modulus, length));
    let Ok(key) = RsaPublicKey::new(modulus, BigUint::from(exponent)) else { return -1 };
    KEYS.with_borrow_mut(|keys| {
        keys.push(VerifyingKey::new(key));
        keys.len() as i32 - 1
    })
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
#[unsafe(no_mangle)]
pub extern "C" fn verify(
    key: usize,
    message: *const u8,
    message_length: usize,
    signature: *const u8,
    length: usize,
) -> bool {
    let Ok(signature) = Signature::try_from(slice(signature, length)) else { return false };
    KEYS.with_borrow(|keys| keys[key].verify(slice(message, message_length), &signature)).is_ok()
}
