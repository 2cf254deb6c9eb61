//! Exact products by plain multiplication and addition: the same on every machine with 128-bit vectors.
//!
//! Digits are of radix 2^23, so small that whole columns are exact in an `f64`. The largest columns are those of
//! (a_0 + a_1)^2: h digit pairs, at most 90 (2^23 + 2^11)^2 < 2^52.5 (see [`super::rounding`]), so all partial sums
//! are integers below 2^53.

use super::columns::{Column, Product};
use super::lanes::Floats;

/// See the module.
pub(in super::super) struct Simd;

/// 3 * 2^51: adding it rounds to a whole number, and the bits of the sum count them.
const UNIT: f64 = f64::from_bits((1023 + 52) << 52 | 1 << 51);
const RADIX: f64 = (1_u64 << Simd::WIDTH) as f64;

#[derive(Clone, Copy)]
pub(in super::super) struct Sum(Floats);

impl Default for Sum {
    #[inline(always)]
    fn default() -> Self {
        Self(Floats::ZERO)
    }
}

impl Product for Simd {
    const WIDTH: u32 = 23;
    const SPARE: usize = 1;

    const WIDE: bool = true;

    type Sum = Sum;

    fn new() -> Self {
        Self
    }

    #[inline(always)]
    fn add(&self, sum: &mut Sum, x: Floats, y: Floats) {
        sum.0 = sum.0 + x * y;
    }

    /// high = column / 2^23, rounded, below 2^30; low = what that leaves, at most 2^22. The bits of `UNIT` stay in
    /// both.
    #[inline(always)]
    fn column(&self, sum: Sum) -> Column {
        let unit = Floats::both(UNIT);
        let high = sum.0 * Floats::both(1.0 / RADIX) + unit;
        let low = sum.0 - (high - unit) * Floats::both(RADIX) + unit;
        Column { low: low.bits(), high: high.bits() }
    }
}
