//! The bytes of a power, from every engine that this machine has, beside big-integer arithmetic.

#[path = "../../src/rs256/public_operation/mod.rs"]
#[allow(dead_code, unfulfilled_lint_expectations, reason = "what is used of it differs from the validator")]
mod public_operation;

use num_bigint::BigUint;
use public_operation::{Engine, PublicOperation};

use crate::keys::Key;
use crate::tally::Tally;

const ENGINES: [(&str, Engine); 3] =
    [("scalar", Engine::Scalar), ("simd128", Engine::Simd128), ("fused", Engine::Fused)];

/// One input in so many has its power computed by all: big integers are slow.
const ONE_IN: u64 = 16;

/// Compares `number`^e mod n, or that it is out of range.
pub(crate) fn compare(key: &Key, number: &[u8], tally: &mut Tally) {
    let drawn = number.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
    if key.private.is_some() && drawn % ONE_IN != 0 {
        return;
    }
    let expected = power(key, number);
    for (name, engine) in ENGINES {
        let operation = PublicOperation::with_engine(key.public.modulus(), key.exponent, engine);
        let Some(operation) = operation.filter(|operation| operation.engine() == engine) else { continue };
        let mut result = vec![0; key.size()];
        let ours = operation.apply(number, &mut result).is_ok().then_some(result);
        tally.power(name, &key.name, ours == expected);
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
