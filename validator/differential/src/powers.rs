//! Powers, from every engine that this machine has, beside big-integer arithmetic.

#[path = "../../src/rs256/public_operation/mod.rs"]
#[allow(dead_code, unfulfilled_lint_expectations, reason = "what is used of it differs from the validator")]
mod public_operation;

use num_bigint::BigUint;
use public_operation::{Engine, PublicOperation};

use crate::keys::Key;
use crate::tally::Tally;

/// The engines, and of how many inputs one has its power computed by it. Natively the fused multiply-add is a function
/// that takes a hundred times as long as the instruction.
const ENGINES: [(&str, Engine, u64); 3] =
    [("scalar", Engine::Scalar, 16), ("simd128", Engine::Simd128, 16), ("fused", Engine::Fused, 64)];

/// Asks the engines whether `number`^e mod n is what big integers say, and whether it is something else: that with one bit
/// changed, or anything if the number is out of range. Moduli that are made to carry are compared every time.
pub(crate) fn compare(key: &Key, number: &[u8], tally: &mut Tally) {
    let drawn = number.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    let is_drawn = |one_in| key.private.is_none() || drawn % one_in == 0;
    let engines: Vec<_> = ENGINES.iter().filter(|(.., one_in)| is_drawn(*one_in)).collect();
    if engines.is_empty() {
        return;
    }
    let power = power(key, number);
    let expected = power.clone().unwrap_or_else(|| vec![0; key.size()]);
    let (frame, tail) = expected.split_at(key.size() - PublicOperation::MAX_TAIL);
    let mut other = tail.to_vec();
    let bit = drawn as usize % (8 * tail.len());
    other.iter_mut().skip(bit / 8).take(1).for_each(|byte| *byte ^= 1 << (bit % 8));
    for (name, engine, _) in engines {
        let operation = PublicOperation::with_engine(key.public.modulus(), key.exponent, frame, *engine);
        let Some(operation) = operation.filter(|operation| operation.engine() == *engine) else { continue };
        let yields = |tail| operation.yields(number, || tail);
        tally.power(name, &key.name, yields(tail) == power.is_some() && !yields(&other));
    }
}

/// By big integers; `None` where the standard says that the representative is out of range.
fn power(key: &Key, number: &[u8]) -> Option<Vec<u8>> {
    let base = BigUint::from_bytes_be(number);
    if number.len() != key.size() || base >= key.modulus {
        return None;
    }
    let power = base.modpow(&BigUint::from(key.exponent), &key.modulus).to_bytes_be();
    Some([vec![0; key.size() - power.len().min(key.size())], power].concat())
}
