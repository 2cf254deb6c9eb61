//! Natural numbers as little-endian limbs: what the key set-up and the scalar engine count with.
use alloc::vec::Vec;

/// The widest integer this machine multiplies into twice its width in one step or two.
#[cfg(target_family = "wasm")]
pub(super) type Limb = u32;
#[cfg(target_family = "wasm")]
type Wide = u64;
#[cfg(not(target_family = "wasm"))]
pub(super) type Limb = u64;
#[cfg(not(target_family = "wasm"))]
type Wide = u128;

pub(super) const LIMB_BITS: usize = Limb::BITS as usize;
const LIMB_BYTES: usize = LIMB_BITS / 8;

/// Reads big-endian bytes.
pub(super) fn from_big_endian(bytes: &[u8]) -> Vec<Limb> {
    let limb = |chunk: &[u8]| chunk.iter().fold(0, |limb: Limb, &byte| limb << 8 | Limb::from(byte));
    bytes.rchunks(LIMB_BYTES).map(limb).collect()
}

/// Writes the low `bytes.len()` bytes, big-endian.
pub(super) fn to_big_endian(limbs: &[Limb], bytes: &mut [u8]) {
    let little_endian = limbs.iter().flat_map(|limb| limb.to_le_bytes()).chain(core::iter::repeat(0));
    for (byte, value) in bytes.iter_mut().rev().zip(little_endian) {
        *byte = value;
    }
}

/// How many bits the number has: its length without leading zeros.
pub(super) fn bit_length(limbs: &[Limb]) -> usize {
    let leading = limbs.iter().rev().take_while(|&&limb| limb == 0).count();
    let used = limbs.len() - leading;
    limbs.get(used.wrapping_sub(1)).map_or(0, |top| used * LIMB_BITS - top.leading_zeros() as usize)
}

/// Whether `a < b`; both have the same number of limbs.
pub(super) fn less(a: &[Limb], b: &[Limb]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// `a += b`, and the carry out.
pub(super) fn add_assign(a: &mut [Limb], b: &[Limb]) -> bool {
    a.iter_mut().zip(b).fold(false, |carry, (a, b)| {
        let (sum, out) = a.carrying_add(*b, carry);
        *a = sum;
        out
    })
}

/// `a -= b`, and the borrow out.
pub(super) fn sub_assign(a: &mut [Limb], b: &[Limb]) -> bool {
    a.iter_mut().zip(b).fold(false, |borrow, (a, b)| {
        let (difference, out) = a.borrowing_sub(*b, borrow);
        *a = difference;
        out
    })
}

/// `a += factor * b` over `b`'s limbs, and the limb carried out.
///
/// (2^w - 1)^2 + 2 (2^w - 1) = 2^2w - 1: product, addend and carry together just fit.
#[inline]
pub(super) fn add_product(a: &mut [Limb], factor: Limb, b: &[Limb]) -> Limb {
    a.iter_mut().zip(b).fold(0, |carry: Limb, (a, b)| {
        let sum = Wide::from(factor) * Wide::from(*b) + Wide::from(*a) + Wide::from(carry);
        *a = sum as Limb;
        (sum >> LIMB_BITS) as Limb
    })
}

/// `-1 / odd` modulo one limb. Newton: `x = odd` is right in 3 bits, and each round doubles them.
pub(super) fn negative_inverse_limb(odd: Limb) -> Limb {
    let double = |x: Limb| x.wrapping_mul((2 as Limb).wrapping_sub(odd.wrapping_mul(x)));
    (0..5).fold(odd, |x, _| double(x)).wrapping_neg()
}
