//! What is computed once for a modulus.

use alloc::{vec, vec::Vec};

use super::super::limbs::{LIMB_BITS, Limb, add_assign, add_product, negative_inverse_limb};
use super::super::montgomery::Modulus;
use super::columns::{PADDING, Product};
use super::digits::{balance, balanced, plain};
use super::lanes::Floats;

/// How many digits there are of what.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Bits of a digit.
    pub(super) width: u32,
    /// Digits of a number.
    pub(super) digits: usize,
    /// Half of that, rounded up: pairs of a number.
    pub(super) h: usize,
    /// Columns to compute from both ends.
    pub(super) ends: usize,
}

impl Shape {
    pub(super) fn new<P: Product>(modulus: &Modulus) -> Self {
        let digits = (modulus.bits() + 10).div_ceil(P::WIDTH as usize);
        let h = digits.div_ceil(2);
        Self { width: P::WIDTH, digits, h, ends: digits - h + 1 + P::SPARE }
    }
}

/// See the module; the names are those of [`super`].
pub(super) struct Constants {
    /// n in plain digits.
    pub(super) modulus: Vec<i64>,
    /// -2 / n modulo X^h from the lowest digit, 2 / n from the highest; padded.
    pub(super) reciprocals: Vec<Floats>,
    /// n / 2 modulo X^h - 1 and modulo X^h + 1, continued to index 1 - h.
    pub(super) half_modulus: Vec<Floats>,
    /// Y^2 mod n with Y = X^h / 2, which every multiplication divides by: what multiplies a number by Y.
    pub(super) unit_squared: Vec<Floats>,
}

impl Constants {
    pub(super) fn new(modulus: &Modulus, Shape { width, digits, h, ends }: Shape) -> Self {
        let power_of_x = |exponent: usize| width as usize * exponent;
        let limbs = modulus.limbs();
        let n = little_endian(limbs);
        let inverse = negative_inverse(limbs, power_of_x(ends + 2).div_ceil(LIMB_BITS));
        let mut twice_inverse = inverse.clone();
        add_assign(&mut twice_inverse, &inverse);
        let upwards = balanced(&little_endian(&twice_inverse), width, ends);
        // 2^exponent = reciprocal * n + remainder, so the reciprocal is -remainder / n modulo any lower power of 2.
        let exponent = 1 + power_of_x(digits + ends - 1);
        let reciprocal = low_product(&modulus.power_of_two(exponent), &inverse);
        let mut downwards = balanced(&little_endian(&reciprocal), width, ends + 1);
        // It is a bit longer than `ends` digits: the last one, up to 2^(g + 2), takes the rest.
        let rest = downwards.pop().unwrap_or_default();
        downwards[ends - 1] += rest << width;
        downwards.reverse();
        Self {
            modulus: plain(&n, width, 2 * h),
            reciprocals: padded(&pairs(&upwards, &downwards)),
            half_modulus: continued(&half_modulus(&n, width, h)),
            unit_squared: number(&little_endian(&modulus.power_of_two(power_of_x(2 * h) - 2)), width, h),
        }
    }
}

/// The pairs (digit i + h, digit i) of a little-endian number.
fn number(bytes: &[u8], width: u32, h: usize) -> Vec<Floats> {
    let digits = balanced(bytes, width, 2 * h);
    let (low, high) = digits.split_at(h);
    pairs(high, low)
}

fn little_endian(limbs: &[Limb]) -> Vec<u8> {
    limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect()
}

fn pairs(first: &[i64], second: &[i64]) -> Vec<Floats> {
    first.iter().zip(second).map(|(first, second)| Floats::new(*first as f64, *second as f64)).collect()
}

/// Digits between zeros, as [`Columns::product`](super::columns::Columns::product) wants them.
pub(super) fn padded(digits: &[Floats]) -> Vec<Floats> {
    let mut padded = Vec::new();
    pad(digits, &mut padded);
    padded
}

/// As [`padded`], over what `padded` held.
pub(super) fn pad(digits: &[Floats], padded: &mut Vec<Floats>) {
    padded.clear();
    padded.resize(PADDING, Floats::ZERO);
    padded.extend(digits);
    padded.resize(digits.len() + 2 * PADDING, Floats::ZERO);
}

/// Digits behind so many zeros.
pub(super) fn zeros_before(zeros: usize, digits: impl Iterator<Item = Floats>) -> Vec<Floats> {
    core::iter::repeat_n(Floats::ZERO, zeros).chain(digits).collect()
}

/// Digits modulo X^h - 1 and X^h + 1, continued downwards to index 1 - h.
pub(super) fn continued(digits: &[Floats]) -> Vec<Floats> {
    let mut continued = Vec::new();
    continue_downwards(digits, &mut continued);
    continued
}

/// As [`continued`], over what `continued` held.
pub(super) fn continue_downwards(digits: &[Floats], continued: &mut Vec<Floats>) {
    continued.clear();
    continued.extend(digits[1..].iter().map(|digit| digit.conjugate()).chain(digits.iter().copied()));
}

/// `-1 / odd` modulo 2^(limbs * LIMB_BITS), for `odd` of at least so many limbs.
///
/// Division of 1 by `-odd` from the low end: each limb of the quotient makes one more limb of
/// `1 + quotient * odd` vanish, and what would reach beyond the last limb does not matter.
fn negative_inverse(odd: &[Limb], limbs: usize) -> Vec<Limb> {
    let inverse = negative_inverse_limb(odd.first().copied().unwrap_or(1));
    let mut rest: Vec<Limb> = vec![0; limbs];
    if let Some(first) = rest.first_mut() {
        *first = 1;
    }
    let mut quotient = Vec::with_capacity(limbs);
    let mut rest = rest.as_mut_slice();
    while let Some(&lowest) = rest.first() {
        let digit = lowest.wrapping_mul(inverse);
        quotient.push(digit);
        add_product(rest, digit, odd);
        rest = rest.get_mut(1..).unwrap_or_default();
    }
    quotient
}

/// The low limbs of a * b, as many as b has.
fn low_product(a: &[Limb], b: &[Limb]) -> Vec<Limb> {
    let mut product = vec![0; b.len()];
    for (start, &a) in a.iter().enumerate().take(b.len()) {
        add_product(&mut product[start..], a, b);
    }
    product
}

/// n / 2 modulo X^h - 1 and modulo X^h + 1.
///
/// n is odd, so n / 2 modulo X^2h - 1, which is odd also, is (n + X^2h - 1) / 2 = (n - 1) / 2 + X^2h / 2.
fn half_modulus(n: &[u8], width: u32, h: usize) -> Vec<Floats> {
    let digits = plain(n, width, 2 * h);
    let above = digits[1..].iter().chain(&[1]);
    let halves = digits.iter().zip(above).map(|(digit, above)| digit >> 1 | (above & 1) << (width - 1));
    let halves: Vec<_> = halves.collect();
    let (low, high) = halves.split_at(h);
    let mut sum: Vec<_> = low.iter().zip(high).map(|(low, high)| low + high).collect();
    sum[0] += balance(&mut sum, width);
    let mut difference: Vec<_> = low.iter().zip(high).map(|(low, high)| low - high).collect();
    difference[0] -= balance(&mut difference, width);
    pairs(&sum, &difference)
}
