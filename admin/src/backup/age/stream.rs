//! The payload: chunks of 64 KiB, numbered, the last one marked (STREAM), so that none can be changed, moved or left out.

use std::io::{Read, Write};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;

use super::{AgeError, FileKey, derive};

const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const NONCE: usize = 16;
const PAYLOAD: &str = "payload";

pub(super) fn encrypt(file_key: &FileKey, mut from: impl Read, mut to: impl Write) -> Result<(), AgeError> {
    let mut nonce = [0; NONCE];
    rand::fill(&mut nonce).map_err(|_| AgeError::Library)?;
    to.write_all(&nonce)?;
    let key = payload_key(file_key, &nonce)?;
    let mut chunk = filled(&mut from, CHUNK)?;
    for number in 0.. {
        // Whether a chunk is the last is known once nothing follows it.
        let next = if chunk.len() < CHUNK { Vec::new() } else { filled(&mut from, CHUNK)? };
        let is_last = next.is_empty();
        key.seal_in_place_append_tag(nonce_of(number, is_last), Aad::empty(), &mut chunk)
            .map_err(|_| AgeError::Library)?;
        to.write_all(&chunk)?;
        if is_last {
            break;
        }
        chunk = next;
    }
    Ok(to.flush()?)
}

pub(super) fn decrypt(file_key: &FileKey, mut from: impl Read, mut to: impl Write) -> Result<(), AgeError> {
    let nonce = filled(&mut from, NONCE)?;
    if nonce.len() != NONCE {
        return Err(AgeError::Changed);
    }
    let key = payload_key(file_key, &nonce)?;
    let mut chunk = filled(&mut from, CHUNK + TAG)?;
    for number in 0.. {
        let next = if chunk.len() < CHUNK + TAG { Vec::new() } else { filled(&mut from, CHUNK + TAG)? };
        let is_last = next.is_empty();
        let opened = key
            .open_in_place(nonce_of(number, is_last), Aad::empty(), &mut chunk)
            .map_err(|_| AgeError::Changed)?;
        // Only an empty payload has an empty chunk: another one would be a second spelling of the same file.
        if opened.is_empty() && number > 0 {
            return Err(AgeError::Changed);
        }
        to.write_all(opened)?;
        if is_last {
            break;
        }
        chunk = next;
    }
    Ok(to.flush()?)
}

fn payload_key(file_key: &FileKey, nonce: &[u8]) -> Result<LessSafeKey, AgeError> {
    let key = derive(file_key.as_slice(), nonce, PAYLOAD)?;
    UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map(LessSafeKey::new).map_err(|_| AgeError::Library)
}

/// Eleven bytes of the chunk's number, and whether it is the last.
fn nonce_of(number: u64, is_last: bool) -> Nonce {
    let mut nonce = [0; 12];
    for (to, from) in nonce.iter_mut().skip(3).zip(number.to_be_bytes()) {
        *to = from;
    }
    if let Some(last) = nonce.last_mut() {
        *last = u8::from(is_last);
    }
    Nonce::assume_unique_for_key(nonce)
}

/// As many bytes as there are, up to so many.
fn filled(from: &mut impl Read, most: usize) -> Result<Vec<u8>, AgeError> {
    let mut bytes = Vec::new();
    from.take(most as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
