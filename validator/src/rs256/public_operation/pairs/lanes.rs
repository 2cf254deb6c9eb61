//! Two lanes side by side: the only file that names the processor's vectors.
//!
//! In WebAssembly a pair is one `v128`, and every function here is one instruction (or none). Natively, where
//! only the tests come by, a pair is an array and the fused multiply-add is `f64::mul_add`, so that the same
//! arithmetic can be checked on any machine, and by Miri.

#[cfg(not(target_family = "wasm"))]
pub(super) use portable::{Floats, Words};
#[cfg(target_family = "wasm")]
pub(super) use wasm::{Floats, Words};

#[cfg(target_family = "wasm")]
mod wasm {
    use core::arch::wasm32::*;
    use core::ops::{Add, BitAnd, BitOr, BitXor, Mul, Shr, Sub};

    /// Two `f64`.
    #[derive(Clone, Copy)]
    pub(crate) struct Floats(v128);

    /// Two 64-bit integers that wrap, signed or unsigned as the reader likes.
    #[derive(Clone, Copy)]
    pub(crate) struct Words(v128);

    impl Floats {
        pub(crate) const ZERO: Self = Self(f64x2(0.0, 0.0));

        #[inline(always)]
        pub(crate) const fn new(first: f64, second: f64) -> Self {
            Self(f64x2(first, second))
        }

        #[inline(always)]
        pub(crate) const fn both(lane: f64) -> Self {
            Self::new(lane, lane)
        }

        /// The second lane negated.
        #[inline(always)]
        pub(crate) fn conjugate(self) -> Self {
            Self(v128_xor(self.0, f64x2(0.0, -0.0)))
        }

        #[inline(always)]
        pub(crate) fn lanes(self) -> [f64; 2] {
            [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
        }

        /// `self * factor + addend`, rounded once where the machine fuses it, twice where it does not.
        #[cfg(target_feature = "relaxed-simd")]
        #[inline(always)]
        pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
            Self(f64x2_relaxed_madd(self.0, factor.0, addend.0))
        }

        /// The first lane of each.
        #[inline(always)]
        pub(crate) fn firsts(self, other: Self) -> Self {
            Self(i64x2_shuffle::<0, 2>(self.0, other.0))
        }

        /// The second lane of each.
        #[inline(always)]
        pub(crate) fn seconds(self, other: Self) -> Self {
            Self(i64x2_shuffle::<1, 3>(self.0, other.0))
        }

        /// The second lane of `self`, the first of `other`.
        #[inline(always)]
        pub(crate) fn second_first(self, other: Self) -> Self {
            Self(i64x2_shuffle::<1, 2>(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn bits(self) -> Words {
            Words(self.0)
        }
    }

    impl Words {
        pub(crate) const ZERO: Self = Self(u64x2(0, 0));

        #[inline(always)]
        pub(crate) const fn new(first: u64, second: u64) -> Self {
            Self(u64x2(first, second))
        }

        #[inline(always)]
        pub(crate) const fn both(lane: u64) -> Self {
            Self::new(lane, lane)
        }

        #[inline(always)]
        pub(crate) fn firsts(self, other: Self) -> Self {
            Self(i64x2_shuffle::<0, 2>(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn seconds(self, other: Self) -> Self {
            Self(i64x2_shuffle::<1, 3>(self.0, other.0))
        }

        /// The first lane of `self`, the second of `other`.
        #[inline(always)]
        pub(crate) fn first_second(self, other: Self) -> Self {
            Self(i64x2_shuffle::<0, 3>(self.0, other.0))
        }

        #[inline(always)]
        pub(crate) fn swap(self) -> Self {
            Self(i64x2_shuffle::<1, 0>(self.0, self.0))
        }

        #[inline(always)]
        pub(crate) fn floats(self) -> Floats {
            Floats(self.0)
        }
    }

    macro_rules! lanewise {
        ($kind:ident, $operator:ident, $method:ident, $instruction:ident) => {
            impl $operator for $kind {
                type Output = Self;
                #[inline(always)]
                fn $method(self, other: Self) -> Self {
                    Self($instruction(self.0, other.0))
                }
            }
        };
    }
    lanewise!(Floats, Add, add, f64x2_add);
    lanewise!(Floats, Sub, sub, f64x2_sub);
    lanewise!(Floats, Mul, mul, f64x2_mul);
    lanewise!(Words, Add, add, i64x2_add);
    lanewise!(Words, Sub, sub, i64x2_sub);
    lanewise!(Words, BitAnd, bitand, v128_and);
    lanewise!(Words, BitOr, bitor, v128_or);
    lanewise!(Words, BitXor, bitxor, v128_xor);

    impl Shr<u32> for Words {
        type Output = Self;
        /// Shifts zeros in.
        #[inline(always)]
        fn shr(self, count: u32) -> Self {
            Self(u64x2_shr(self.0, count))
        }
    }
}

#[cfg(not(target_family = "wasm"))]
mod portable {
    use core::ops::{Add, BitAnd, BitOr, BitXor, Mul, Shr, Sub};

    #[derive(Clone, Copy)]
    pub(crate) struct Floats([f64; 2]);

    #[derive(Clone, Copy)]
    pub(crate) struct Words([u64; 2]);

    impl Floats {
        pub(crate) const ZERO: Self = Self([0.0; 2]);

        pub(crate) const fn new(first: f64, second: f64) -> Self {
            Self([first, second])
        }

        pub(crate) const fn both(lane: f64) -> Self {
            Self::new(lane, lane)
        }

        pub(crate) fn conjugate(self) -> Self {
            Self([self.0[0], -self.0[1]])
        }

        pub(crate) fn lanes(self) -> [f64; 2] {
            self.0
        }

        pub(crate) fn mul_add(self, factor: Self, addend: Self) -> Self {
            let ([a, b], [c, d], [e, f]) = (self.0, factor.0, addend.0);
            Self([a.mul_add(c, e), b.mul_add(d, f)])
        }

        pub(crate) fn firsts(self, other: Self) -> Self {
            Self([self.0[0], other.0[0]])
        }

        pub(crate) fn seconds(self, other: Self) -> Self {
            Self([self.0[1], other.0[1]])
        }

        pub(crate) fn second_first(self, other: Self) -> Self {
            Self([self.0[1], other.0[0]])
        }

        pub(crate) fn bits(self) -> Words {
            Words(self.0.map(f64::to_bits))
        }
    }

    impl Words {
        pub(crate) const ZERO: Self = Self([0; 2]);

        pub(crate) const fn new(first: u64, second: u64) -> Self {
            Self([first, second])
        }

        pub(crate) const fn both(lane: u64) -> Self {
            Self::new(lane, lane)
        }

        pub(crate) fn firsts(self, other: Self) -> Self {
            Self([self.0[0], other.0[0]])
        }

        pub(crate) fn seconds(self, other: Self) -> Self {
            Self([self.0[1], other.0[1]])
        }

        pub(crate) fn first_second(self, other: Self) -> Self {
            Self([self.0[0], other.0[1]])
        }

        pub(crate) fn swap(self) -> Self {
            Self([self.0[1], self.0[0]])
        }

        pub(crate) fn floats(self) -> Floats {
            Floats(self.0.map(f64::from_bits))
        }
    }

    macro_rules! lanewise {
        ($kind:ident, $operator:ident, $method:ident, $on_lanes:expr) => {
            impl $operator for $kind {
                type Output = Self;
                fn $method(self, other: Self) -> Self {
                    let ([a, b], [c, d]) = (self.0, other.0);
                    Self([$on_lanes(a, c), $on_lanes(b, d)])
                }
            }
        };
    }
    lanewise!(Floats, Add, add, f64::add);
    lanewise!(Floats, Sub, sub, f64::sub);
    lanewise!(Floats, Mul, mul, f64::mul);
    lanewise!(Words, Add, add, u64::wrapping_add);
    lanewise!(Words, Sub, sub, u64::wrapping_sub);
    lanewise!(Words, BitAnd, bitand, u64::bitand);
    lanewise!(Words, BitOr, bitor, u64::bitor);
    lanewise!(Words, BitXor, bitxor, u64::bitxor);

    impl Shr<u32> for Words {
        type Output = Self;
        fn shr(self, count: u32) -> Self {
            Self(self.0.map(|word| word >> count))
        }
    }
}
