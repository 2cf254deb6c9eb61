//! Exact products by fused multiply-add: two instructions give both halves of a product of two digits.
//!
//! Digits are of radix 2^49. Let C1 = 3 * 2^101 and C2 = 3 * 2^51, and let |x y| < 2^99.2. The largest products
//! are those of 2 (a_0 + a_1) and (a_0 + a_1), at most 2 (2^49 + 2^11)^2 < 2^99.1 (see [`super::rounding`]).
//!
//! - high = fma(x, y, C1) lies between 2^102 and 2^103, where neighbouring floats are 2^50 apart:
//!   high = C1 + 2^50 H, and the error of the rounding, E = x y - 2^50 H, is an integer of at most 2^49.
//! - C1 + C2 = 3 * 2^51 (2^50 + 1) has 52 bits; (C1 + C2) - high = C2 - 2^50 H is a multiple of 2^50 below
//!   2^101: both are exact. low = fma(x, y, C2 - 2^50 H) = C2 + E is an integer between 2^52 and 2^53: exact.
//! - The next product can be added to high instead of C1: high' = fma(x', y', high) = high + 2^50 H', with the error E'.
//!   high - high' is a multiple of 2^50 below 2^101 again, and fma(x', y', high - high') = E' and low + E' are exact.
//!   Up to three products fit: their sum is below 3 * 2^99.2 < 2^101, which keeps high in its binade, and their errors
//!   together are at most 3 * 2^49 < 2^51, which keeps low in its own.
//!
//! So the sum of the products is 2^50 H + E exactly. In the binades of C1 and C2, the bits of high and low, as integers,
//! count steps of 2^50 and of 1: adding the bits as integers, modulo 2^64, sums columns without any rounding. That they
//! also add up the bits of C1 and C2 is left in the column.

use super::columns::{Column, Product};
use super::lanes::{Floats, Words};

/// See the module. The constants are fields so that loops load them once: V8 would build literals anew in every
/// round.
pub(in super::super) struct Fused {
    high: Floats,
    high_and_low: Floats,
}

/// 3 * 2^101
const HIGH: f64 = f64::from_bits((1023 + 102) << 52 | 1 << 51);
/// 3 * 2^51
const LOW: f64 = f64::from_bits((1023 + 52) << 52 | 1 << 51);

/// The bits of the upper and lower halves, summed.
#[derive(Clone, Copy)]
pub(in super::super) struct Sum {
    high: Words,
    low: Words,
}

impl Default for Sum {
    #[inline(always)]
    fn default() -> Self {
        Self { high: Words::ZERO, low: Words::ZERO }
    }
}

impl Product for Fused {
    const WIDTH: u32 = 49;
    const SPARE: usize = 0;

    const WIDE: bool = false;

    type Sum = Sum;

    fn new() -> Self {
        Self { high: Floats::both(HIGH), high_and_low: Floats::both(HIGH + LOW) }
    }

    #[inline(always)]
    fn add(&self, sum: &mut Sum, x: Floats, y: Floats) {
        let high = x.mul_add(y, self.high);
        let low = x.mul_add(y, self.high_and_low - high);
        sum.high = sum.high + high.bits();
        sum.low = sum.low + low.bits();
    }

    /// For two or three products.
    #[inline(always)]
    fn add_all<const N: usize>(&self, sum: &mut Sum, x: &[Floats; N], y: &[Floats; N]) {
        const { assert!(N <= 3) };
        let (mut high, mut low) = (self.high, Floats::ZERO);
        for (i, (x, y)) in x.iter().zip(y.iter().rev()).enumerate() {
            let higher = x.mul_add(*y, high);
            let below = if i == 0 { self.high_and_low - higher } else { high - higher };
            let error = x.mul_add(*y, below);
            low = if i == 0 { error } else { low + error };
            high = higher;
        }
        sum.high = sum.high + high.bits();
        sum.low = sum.low + low.bits();
    }

    /// The upper halves are counted in steps of 2^50, which are two of the radix.
    #[inline(always)]
    fn column(&self, sum: Sum) -> Column {
        Column { low: sum.low, high: sum.high + sum.high }
    }
}

/// Whether this machine rounds a relaxed multiply-add once.
///
/// (2^27 + 1)^2 = 2^54 + 2^28 + 1 does not fit an `f64`: rounded first, it loses its 1. The values pass through
/// [`black_box`](core::hint::black_box) so that the machine computes, not the compiler.
pub(in super::super) fn fuses() -> bool {
    let [factor, square] = core::hint::black_box([134_217_729.0, 18_014_398_777_917_440.0]);
    let (x, y) = (Floats::new(factor, -factor), Floats::both(factor));
    x.mul_add(y, Floats::new(-square, square)).lanes() == [1.0, -1.0]
}
