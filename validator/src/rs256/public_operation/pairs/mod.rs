//! s^65537 mod n on vectors of two lanes, and whether it is what is expected.
//!
//! # Numbers
//!
//! A number is a row of digits in radix X = 2^W, balanced around zero and held as `f64`; W and the exact
//! multiplication of digits come from a [`Product`](columns::Product). D digits are significant, 10 bits or
//! more above the modulus n of b bits; g = W D - b is that slack. Digits i and i + h share a vector, where h is
//! D / 2 rounded up.
//!
//! | | W | n | D | h | g | ends |
//! |---|---|---|---|---|---|---|
//! | fused | 49 | 2048 | 42 | 21 | 10 | 22 |
//! | | | 3072 | 63 | 32 | 15 | 32 |
//! | | | 4096 | 84 | 42 | 20 | 43 |
//! | simd128 | 23 | 2048 | 90 | 45 | 22 | 47 |
//! | | | 3072 | 134 | 67 | 10 | 69 |
//! | | | 4096 | 179 | 90 | 21 | 91 |
//!
//! # One multiplication
//!
//! From a and b comes r = 2 a b / X^h modulo n, small but not reduced. With T = a b:
//!
//! 1. The lowest h columns of T, and the highest ones, down to position 2D - ends. Both ends are computed by
//!    the same instructions: the first lane counts up from the lowest digit, the second down from the highest.
//! 2. Two quotients, again from both ends: q_m = -2 T / n modulo X^h (Montgomery), which takes the lower end of
//!    2T away, and q_b, about 2 T / (X^h n) (Barrett), which takes the upper end away:
//!    2T + q_m n - q_b X^h n = r X^h.
//! 3. The same sum modulo X^2h - 1, which does not lose anything, as r is small. Modulo X^h - 1 and X^h + 1, the
//!    factors of X^2h - 1, it is half as long, and these two are the two lanes: (a_0 + a_1) (b_0 + b_1) and
//!    (a_0 - a_1) (b_0 - b_1), where a = a_0 + a_1 X^h, plus the residues of q_m - q_b X^h times those of n / 2.
//!    From the residues u and v of half the sum, the sum is (u + v) + (u - v) X^h. To divide by X^h is to swap
//!    these, because X^2h is 1.
//!
//! Every multiplication divides by Y = X^h / 2. Sixteen squarings of s leave s^65536 / Y^65535, and of 1 the unit
//! u = 1 / Y^65535. So what is expected, E, is compared as u E: from T = (s^65536 u) s - u E comes an r that is zero modulo n
//! if and only if s^65537 = E, because u and Y have inverses modulo the odd n. Of E = frame + tail, u * frame is computed once
//! a key, and u * tail has few digits: that is less than half the work of bringing s into a form that Y leaves alone.
//!
//! Nothing is halved and no digit waits for a carry to ripple: that is what the factors of 2 are for.
//!
//! # Bounds
//!
//! Let c be the largest carry between digits, so that digits are at most X/2 + c ([`rounding`]). Then:
//!
//! - |q_m| <= (X/2 + c) (X^h - 1) / (X - 1) < 0.501 X^h.
//! - The upper end u misses less than 2^6 X^p at p = 2D - ends: the low parts of column p - 1 (at most 43 * 2^49
//!   of X = 2^49, or 2^22 of 2^23) and column p - 2 (at most 44 digit pairs of 2^96, or 92 of
//!   2^44) and those below, which do not matter. In q_b that is 2^7 X^p / (X^h n) < 2^(8 + g - W (ends - D + h)) <= 2^-16.
//! - The reciprocal of n is rounded down at its last digit, which moves q_b by less than 2^-g.
//! - q_b is rounded to a whole number (0.501), and the products beyond column `ends` are left out. For `fused`,
//!   there are less than `ends` of them, of 2^96 / X^2 = 1/4 each; for `simd128` they begin at X^-3 and do not
//!   matter. So |q_b - 2 T / (X^h n)| < 0.52 + ends / 4 or < 0.52.
//! - |r| <= |q_m| n / X^h + |2 T / (X^h n) - q_b| n < A n with A = 1.03 + ends / 4: 6.6, 9.1 and 11.8; or
//!   A = 1.03. This holds for any T <= A^2 n^2 again; the first factors are below n, and the last T, with the unit below
//!   A n and the tail below 2^256, is below A n (n + 1 + 2^256) < A^2 n^2.
//! - The highest digits suffice: |q_b| X^(h - D) <= 2 A^2 n / X^D + ... < 2 A^2 / 2^g <= 1/11 and
//!   |T| / X^2D < A^2 / 2^2g, so what column 0 of the upper ends would hand on, an integer that differs from
//!   these by at most 0.501, is zero. Likewise |r| < A n < X^D / 64: digits from D on are zero, and no other
//!   number with such digits is equal to r modulo X^2h - 1.

mod columns;
mod constants;
mod digits;
#[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
mod fused;
mod idle;
mod lanes;
mod memory;
mod power;
mod rounding;
#[cfg(any(
    not(target_family = "wasm"),
    all(target_feature = "simd128", any(not(target_feature = "relaxed-simd"), feature = "simd128-fallback"))
))]
mod simd;
#[cfg(test)]
mod tests;

#[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
pub(super) use fused::{Fused, fuses};
pub(super) use power::Power65537;
#[cfg(any(
    not(target_family = "wasm"),
    all(target_feature = "simd128", any(not(target_feature = "relaxed-simd"), feature = "simd128-fallback"))
))]
pub(super) use simd::Simd;
