//! The limb helpers on every number of three limbs whose limbs are at the ends and the middle of their range.
//!
//! A limb of a sum or a difference depends on two limbs and a carry of 0 or 1, a limb of a product on a factor, two limbs
//! and a carry of one limb; and what is handed on depends on nothing else. So a chain of three limbs of these values has
//! every carry that a longer one can have: none, one that begins, one that runs on, one that ends, and one that leaves.

use super::limbs::{
    LIMB_BITS, Limb, add_assign, add_product, bit_length, from_big_endian, less, negative_inverse_limb,
    sub_assign, to_big_endian,
};
use num_bigint::BigUint;

const MIDDLE: Limb = 1 << (LIMB_BITS - 1);
const LIMBS: [Limb; 6] = [0, 1, MIDDLE - 1, MIDDLE, Limb::MAX - 1, Limb::MAX];

fn numbers() -> Vec<[Limb; 3]> {
    LIMBS.iter().flat_map(|a| LIMBS.iter().flat_map(move |b| LIMBS.map(|c| [*a, *b, c]))).collect()
}

fn value(limbs: &[Limb]) -> BigUint {
    limbs.iter().rev().fold(BigUint::ZERO, |value, limb| (value << LIMB_BITS) + *limb)
}

#[test]
fn sums_and_differences_are_exact_for_every_chain_of_carries() {
    let numbers = numbers();
    for a in &numbers {
        for b in &numbers {
            let (mut sum, mut difference) = (*a, *b);
            let carry = add_assign(&mut sum, b);
            assert_eq!(
                value(&sum) + (BigUint::from(u8::from(carry)) << (3 * LIMB_BITS)),
                value(a) + value(b)
            );
            let borrow = sub_assign(&mut difference, a);
            assert_eq!(
                value(&difference) + value(a),
                value(b) + (BigUint::from(u8::from(borrow)) << (3 * LIMB_BITS))
            );
            assert_eq!((less(a, b), borrow), (value(a) < value(b), value(b) < value(a)));
        }
    }
}

#[test]
fn products_are_exact_for_every_chain_of_carries() {
    let numbers = numbers();
    for a in numbers.iter().step_by(if cfg!(miri) { 50 } else { 1 }) {
        for b in &numbers {
            for factor in LIMBS {
                let mut sum = *a;
                let carry = add_product(&mut sum, factor, b);
                assert_eq!(
                    value(&sum) + (BigUint::from(carry) << (3 * LIMB_BITS)),
                    value(a) + value(b) * BigUint::from(factor)
                );
            }
        }
    }
}

#[test]
fn every_odd_number_of_sixteen_bits_has_its_inverse() {
    for low in (1..1_u32 << 16).step_by(2) {
        for high in [0, MIDDLE, Limb::MAX << 16] {
            let odd = high | low as Limb;
            assert_eq!(odd.wrapping_mul(negative_inverse_limb(odd)), Limb::MAX);
        }
    }
}

#[test]
fn bytes_become_limbs_and_bytes_again_at_every_length() {
    for length in 0..30_usize {
        for first in [0_u8, 1, 0x7f, 0x80, 0xff] {
            let mut bytes: Vec<u8> = (0..length as u8).map(|i| i.wrapping_mul(97) ^ 0x5a).collect();
            bytes.iter_mut().take(1).for_each(|byte| *byte = first);
            let limbs = from_big_endian(&bytes);
            assert_eq!(value(&limbs), BigUint::from_bytes_be(&bytes));
            assert_eq!(bit_length(&limbs) as u64, BigUint::from_bytes_be(&bytes).bits());
            let mut again = vec![0xaa; length];
            to_big_endian(&limbs, &mut again);
            assert_eq!(again, bytes);
        }
    }
}
