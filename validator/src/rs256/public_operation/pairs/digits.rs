//! Numbers between bytes and digits of radix 2^width.
use alloc::{vec, vec::Vec};

/// The low `count` digits of a little-endian number, each in [-2^(width - 1), 2^(width - 1)); what the last one would
/// carry is dropped.
pub(super) fn balanced(number: &[u8], width: u32, count: usize) -> Vec<i64> {
    let mut digits = vec![0; count];
    read_balanced(number, width, &mut digits);
    digits
}

/// As [`balanced`], into memory that is there.
pub(super) fn read_balanced(number: &[u8], width: u32, digits: &mut [i64]) {
    read_plain(number, width, digits);
    balance(digits, width);
}

/// The low `count` digits of a little-endian number, none negative; `width` is at most 57.
pub(super) fn plain(number: &[u8], width: u32, count: usize) -> Vec<i64> {
    let mut digits = vec![0; count];
    read_plain(number, width, &mut digits);
    digits
}

fn read_plain(number: &[u8], width: u32, digits: &mut [i64]) {
    let mask = (1 << width) - 1;
    for (digit, start) in digits.iter_mut().zip((0..).step_by(width as usize)) {
        *digit = (window(number, start / 8) >> (start % 8) & mask) as i64;
    }
}

/// Eight bytes from `start`, with zeros behind the number.
fn window(number: &[u8], start: usize) -> u64 {
    let rest = number.get(start..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

/// Balances the digits from the lowest to the highest and returns the carry.
pub(super) fn balance(digits: &mut [i64], width: u32) -> i64 {
    let half = 1 << (width - 1);
    let carry = ripple(digits.iter_mut().zip(core::iter::repeat(half)), width);
    digits.iter_mut().for_each(|digit| *digit -= half);
    carry
}

/// Makes every digit lie in [0, 2^width), after adding what stands beside it, and returns the carry.
fn ripple<'d>(digits: impl Iterator<Item = (&'d mut i64, i64)>, width: u32) -> i64 {
    digits.fold(0, |carry, (digit, offset)| {
        let sum = *digit + offset + carry;
        *digit = sum & ((1 << width) - 1);
        sum >> width
    })
}

/// Brings the digits' value into [0, n), given n's plain digits, if it is a few n at most, of either sign.
pub(super) fn reduce(digits: &mut [i64], modulus: &[i64], width: u32) {
    // Four digits of each tell how many n there are, give or take one: two rounds are enough. It must end also
    // where the self-test finds that nothing about the digits is as it should be.
    let leading = |digits: &[i64]| {
        let radix = (1_u64 << width) as f64;
        digits.iter().rev().take(4).fold(0.0, |value, &digit| value * radix + digit as f64)
    };
    let quotient = (leading(digits) / leading(modulus)).clamp(-64.0, 64.0);
    let whole = quotient as i64;
    // Down, and not towards zero.
    let mut count = whole - i64::from(whole as f64 > quotient);
    let mut above = 0;
    for _ in 0..2 {
        above += ripple(digits.iter_mut().zip(modulus.iter().map(|modulus| -count * modulus)), width);
        count = match above {
            0 if digits.iter().rev().lt(modulus.iter().rev()) => return,
            0 => 1,
            _ => -1,
        };
    }
}
