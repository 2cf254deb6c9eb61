//! Sixteen digits at a time, in the vector instructions of WebAssembly.

use core::arch::wasm32::*;

/// Decodes the digits of `text` that fill blocks, and returns the rest with the place for it.
#[inline(always)]
pub(super) fn decode_blocks<'t, 'b>(text: &'t [u8], bytes: &'b mut [u8]) -> Option<(&'t [u8], &'b mut [u8])> {
    let (blocks, rest) = text.as_chunks();
    let (decoded, place) = bytes.split_at_mut_checked(12 * blocks.len())?;
    for (block, decoded) in blocks.iter().zip(decoded.as_chunks_mut().0) {
        *decoded = decode_block(block)?;
    }
    Some((rest, place))
}

/// The bytes that the digits stand for, and whether all are of the URL-safe alphabet.
#[inline(always)]
fn decode_block(digits: &[u8; 16]) -> Option<[u8; 12]> {
    let ([low, high], _) = digits.as_chunks() else { return None };
    let digits = u64x2(u64::from_le_bytes(*low), u64::from_le_bytes(*high));
    let (values, is_valid) = values(digits);
    if !u8x16_all_true(is_valid) {
        return None;
    }
    // Each lane of 32 bits holds the digits a, b, c and d, a at the low end: first a * 64 + b and c * 64 + d, then both.
    let six_bits = u32x4_splat(0x003f_003f);
    let pairs = v128_or(u32x4_shl(v128_and(values, six_bits), 6), v128_and(u32x4_shr(values, 8), six_bits));
    let groups = v128_or(u32x4_shl(v128_and(pairs, u32x4_splat(0xfff)), 12), u32x4_shr(pairs, 16));
    let bytes = i8x16_shuffle::<2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 15, 15, 15, 15>(groups, groups);
    let (low, high) =
        (u64x2_extract_lane::<0>(bytes).to_le_bytes(), u32x4_extract_lane::<2>(bytes).to_le_bytes());
    let mut decoded = [0; 12];
    decoded[..8].copy_from_slice(&low);
    decoded[8..].copy_from_slice(&high);
    Some(decoded)
}

/// What each digit stands for, and the lanes in which it stands for something.
#[inline(always)]
fn values(digits: v128) -> (v128, v128) {
    let within = |first: u8, count: u8, value: u8| {
        let place = u8x16_sub(digits, u8x16_splat(first));
        let mask = u8x16_lt(place, u8x16_splat(count));
        (v128_and(u8x16_add(place, u8x16_splat(value)), mask), mask)
    };
    let ranges = [
        within(b'A', 26, 0),
        within(b'a', 26, 26),
        within(b'0', 10, 52),
        within(b'-', 1, 62),
        within(b'_', 1, 63),
    ];
    let nothing = (u8x16_splat(0), u8x16_splat(0));
    // A digit is in one of them at most.
    ranges
        .into_iter()
        .fold(nothing, |(values, valid), (value, mask)| (v128_or(values, value), v128_or(valid, mask)))
}
