//! The one place in WASM memory where a token is laid down and its verdict is picked up.
//!
//! JavaScript writes the token's text there by itself and passes its length, because this is several times cheaper than
//! a string that the boundary allocates, copies and frees. What it finds there afterwards is JSON text.

use std::cell::RefCell;

use keystile_validator::{Limits, ValidatedToken};

/// One byte more than the longest token that any limit allows, so that a longer one is seen to be too long.
const TOKEN_BYTES: usize = Limits::MAX_TOKEN_BYTES + 1;

/// A token decodes to three quarters of its length, so that its header and claims fit where it lay, with this around
/// them.
const FRAME_BYTES: usize =
    r#"{"header":,"claims":,"from":18446744073709551615,"until":18446744073709551615}"#.len();

pub(crate) const BYTES: usize = TOKEN_BYTES + FRAME_BYTES;

thread_local! {
    static DESK: RefCell<Box<[u8]>> = RefCell::new(vec![0; BYTES].into_boxed_slice());
}

/// Where the desk is. It stays there.
pub(crate) fn address() -> *const u8 {
    DESK.with_borrow(|desk| desk.as_ptr())
}

/// Reads the `length` bytes that JavaScript has laid down. What does not fit was not written, and is too long.
pub(crate) fn read<T>(length: usize, judge: impl FnOnce(&[u8]) -> T) -> T {
    DESK.with_borrow(|desk| judge(desk.get(..length).unwrap_or(desk)))
}

/// Leaves `{"header":{},"claims":{},"from":0,"until":0}` on the desk, and returns its length in bytes.
pub(crate) fn leave(token: &ValidatedToken) -> usize {
    let (from, until) = (token.lifetime().from().as_secs(), token.lifetime().until().as_secs());
    let (from, until) = (from.to_string(), until.to_string());
    // Both texts have been read as JSON objects, so that they can stand inside another one as they are.
    let parts = [
        r#"{"header":"#,
        token.header_json(),
        r#","claims":"#,
        token.claims_json(),
        r#","from":"#,
        &from,
        r#","until":"#,
        &until,
        "}",
    ];
    DESK.with_borrow_mut(|desk| {
        parts.iter().fold(0, |start, part| {
            let end = start + part.len();
            if let Some(place) = desk.get_mut(start..end) {
                place.copy_from_slice(part.as_bytes());
            }
            end
        })
    })
}
