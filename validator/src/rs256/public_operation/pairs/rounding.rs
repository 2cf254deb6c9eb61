//! Columns become digits.
//!
//! A column is an integer below 2^58 in magnitude. Its digit is the residue modulo X = 2^W in [-X/2, X/2), plus the
//! carry of the column before, itself not balanced again: carries do not ripple. So digits are at most X/2 + c, with
//! c = 2^58 / 2^49 + 1 < 2^10 in the `fused` engine, and the same in `simd128`, where columns are below 2^32.
//!
//! The largest columns are those of step 3 of the [module](super): twice a sum of two columns. In the `fused` engine
//! each has at most 42 products: those of 2 (a_0 + a_1) and (a_0 + a_1), at most 2 (2^49 + 2^11)^2, in parts of 2^49
//! below and 2^50 and a bit above; and those of q_m - q_b or q_m + q_b and a digit of n / 2, at most
//! (2^49 + 2^11) (2^48 + 1), in parts of 2^49 below and 2^48 and a bit above: in all less than
//! 2 * 42 * 2^48 * 9.1 < 2^57.6. Those of the last multiplication are smaller: there are as many products as digits, but of
//! half that size, and for the comparison a digit and six products of 2^48 and 2^49 + 2^11 more, in all less than
//! 2 * (42 * 2^48 * 7.1 + 6 * 2^48 * 3.1 + 2^50) < 2^57.4. In `simd128` the two columns are below 2^52.5, in parts of 2^22 and
//! less than 2^29.6: in all less than 2^31.7. The twelve products of the comparison, each below 2^46, add less than 2^28.
//!
//! All is done without signs: 2^62 + X/2 is added to the columns, and what that adds to the carries and digits is
//! taken off the digits.

use super::columns::Product;
use super::lanes::{Floats, Words};

pub(super) struct Rounding {
    /// What must be added to every column.
    pub(super) bias: Words,
    mask: Words,
    /// The bits of 2^52, to which integers below 2^52 are added to become `f64`s.
    exponent: Words,
    offset: Floats,
}

impl Rounding {
    pub(super) fn new<P: Product>() -> Self {
        let half = 1 << (P::WIDTH - 1);
        let bias = (1 << 62) + half;
        let exponent = 1_u64 << 52;
        let offset = (exponent + half + (bias >> P::WIDTH)) as f64;
        Self {
            bias: Words::both(bias),
            mask: Words::both((1 << P::WIDTH) - 1),
            exponent: Words::both((exponent as f64).to_bits()),
            offset: Floats::both(offset),
        }
    }

    /// The digit of a biased column, with the carry of the biased column before it.
    #[inline(always)]
    fn digit<P: Product>(&self, column: Words, before: Words) -> Floats {
        let digit = (column & self.mask) + (before >> P::WIDTH);
        (digit | self.exponent).floats() - self.offset
    }

    /// Digits that carry upwards in the first lane and downwards in the second; what leaves the last column is dropped.
    #[inline(always)]
    pub(super) fn both_ends<P: Product>(
        &self,
        mut columns: impl Iterator<Item = Words>,
        digits: &mut [Floats],
    ) {
        let (mut below, mut this) = (self.bias, columns.next().unwrap_or(self.bias));
        let mut digits = digits.iter_mut();
        for (above, digit) in columns.zip(&mut digits) {
            *digit = self.digit::<P>(this, below.first_second(above));
            (below, this) = (this, above);
        }
        if let Some(last) = digits.next() {
            *last = self.digit::<P>(this, below.first_second(self.bias));
        }
    }

    /// Digits that carry upwards, and from the end of each lane to the beginning of the other.
    #[inline(always)]
    pub(super) fn around<P: Product>(
        &self,
        columns: impl DoubleEndedIterator<Item = Words> + Clone,
        digits: &mut [Floats],
    ) {
        let mut below = columns.clone().next_back().unwrap_or(self.bias).swap();
        for (column, digit) in columns.zip(digits) {
            *digit = self.digit::<P>(column, below);
            below = column;
        }
    }
}
