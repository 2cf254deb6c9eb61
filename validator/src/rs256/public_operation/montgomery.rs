//! Arithmetic modulo an odd number, limb by limb (Montgomery's method): the scalar engine.
//!
//! Written to be obviously right: it serves every size and exponent, needs nothing of the processor, prepares
//! the constants of the vector engines and is what they are checked against.

use alloc::{vec, vec::Vec};

use super::limbs::{
    LIMB_BITS, Limb, add_assign, add_product, bit_length, less, negative_inverse_limb, sub_assign,
};

/// An odd modulus n, with R = 2^(LIMB_BITS * limbs) > n.
pub(super) struct Modulus {
    limbs: Vec<Limb>,
    /// -1 / n modulo one limb.
    negative_inverse: Limb,
    /// R mod n: the number one in Montgomery form.
    one: Vec<Limb>,
}

impl Modulus {
    /// `None` unless the modulus is odd, above 1 and without leading zero limbs.
    pub(super) fn new(limbs: Vec<Limb>) -> Option<Self> {
        let bits = bit_length(&limbs);
        let odd = limbs.first().is_some_and(|limb| limb & 1 == 1);
        if !odd || bits < 2 || bits <= (limbs.len() - 1) * LIMB_BITS {
            return None;
        }
        let negative_inverse = negative_inverse_limb(*limbs.first()?);
        let mut modulus = Self { one: vec![0; limbs.len()], limbs, negative_inverse };
        // 2^(bits - 1) < n, because n is odd and has `bits` bits; doubling leads from there to R.
        let mut power = vec![0; modulus.limbs.len()];
        *power.last_mut()? = 1 << ((bits - 1) % LIMB_BITS);
        for _ in bits - 1..modulus.limbs.len() * LIMB_BITS {
            modulus.double(&mut power);
        }
        modulus.one = power;
        Some(modulus)
    }

    #[cfg(any(not(target_family = "wasm"), target_feature = "simd128"))]
    pub(super) fn limbs(&self) -> &[Limb] {
        &self.limbs
    }

    pub(super) fn bits(&self) -> usize {
        bit_length(&self.limbs)
    }

    /// R^2 mod n: what brings a number into Montgomery form.
    pub(super) fn r_squared(&self) -> Vec<Limb> {
        self.r_times_power_of_two(self.limbs.len() * LIMB_BITS)
    }

    /// 2^exponent mod n, where the exponent is not below the bits of R.
    #[cfg(any(not(target_family = "wasm"), target_feature = "simd128"))]
    pub(super) fn power_of_two(&self, exponent: usize) -> Vec<Limb> {
        self.r_times_power_of_two(exponent.saturating_sub(self.limbs.len() * LIMB_BITS))
    }

    /// R * 2^exponent mod n.
    fn r_times_power_of_two(&self, exponent: usize) -> Vec<Limb> {
        let mut power = self.one.clone();
        // By doubling up to the leading six bits of the exponent, at most 63 times: that is less than six multiplications.
        let rest = (usize::BITS - exponent.leading_zeros()).saturating_sub(6);
        for _ in 0..exponent >> rest {
            self.double(&mut power);
        }
        for bit in (0..rest).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                self.double(&mut power);
            }
        }
        power
    }

    /// `base`^`exponent` mod n for `base` < n, given R^2 mod n.
    pub(super) fn power(&self, base: &[Limb], exponent: u64, r_squared: &[Limb]) -> Vec<Limb> {
        let base = self.multiply(base, r_squared);
        let mut power = self.one.clone();
        for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
            power = self.multiply(&power, &power);
            if exponent >> bit & 1 == 1 {
                power = self.multiply(&power, &base);
            }
        }
        let mut one = vec![0; self.limbs.len()];
        if let Some(lowest) = one.first_mut() {
            *lowest = 1;
        }
        self.multiply(&power, &one)
    }

    /// a * b / R mod n, for a, b < n.
    ///
    /// The sum stays below 2n between the rounds, (2n - 1 + (R_1 - 1)(n - 1) + (R_1 - 1) n) / R_1 < 2n with
    /// R_1 one limb, so one limb above n's holds it and one subtraction at the end makes it canonical.
    fn multiply(&self, a: &[Limb], b: &[Limb]) -> Vec<Limb> {
        let length = self.limbs.len();
        let mut sum: Vec<Limb> = vec![0; 2 * length + 1];
        for (&a, start) in a.iter().zip(0..length) {
            let Some((window, rest)) = sum.get_mut(start..).and_then(|sum| sum.split_at_mut_checked(length))
            else {
                break;
            };
            let carry_of_product = add_product(window, a, b);
            let quotient = window.first().map_or(0, |lowest| lowest.wrapping_mul(self.negative_inverse));
            let carry_of_reduction = add_product(window, quotient, &self.limbs);
            add_carries(rest, carry_of_product, carry_of_reduction);
        }
        let mut result = sum.split_off(length);
        let above = result.pop();
        if above != Some(0) || !less(&result, &self.limbs) {
            sub_assign(&mut result, &self.limbs);
        }
        result
    }

    /// a = 2a mod n, for a < n.
    fn double(&self, a: &mut [Limb]) {
        let copy = a.to_vec();
        let carry = add_assign(a, &copy);
        if carry || !less(a, &self.limbs) {
            sub_assign(a, &self.limbs);
        }
    }
}

/// Adds two limbs at the low end of `above`.
fn add_carries(above: &mut [Limb], first: Limb, second: Limb) {
    let mut carries = 0;
    if let Some(limb) = above.first_mut() {
        let (sum, one) = limb.overflowing_add(first);
        let (sum, two) = sum.overflowing_add(second);
        *limb = sum;
        carries = Limb::from(one) + Limb::from(two);
    }
    if let Some(limb) = above.get_mut(1) {
        *limb = carries;
    }
}
