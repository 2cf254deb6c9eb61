//! The bytes of a power, from every engine that this machine has, beside big-integer arithmetic.

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

/// A key, prepared for the engines that serve it.
pub(crate) struct Powers(Vec<(&'static str, PublicOperation, u64)>);

impl Powers {
    pub(crate) fn of(key: &Key) -> Self {
        let prepared = ENGINES.into_iter().filter_map(|(name, engine, one_in)| {
            let operation = PublicOperation::with_engine(key.public.modulus(), key.exponent, engine)?;
            (operation.engine() == engine).then_some((name, operation, one_in))
        });
        Self(prepared.collect())
    }

    /// Compares `number`^e mod n, or that it is out of range. Moduli that are made to carry are compared every time.
    pub(crate) fn compare(&self, key: &Key, number: &[u8], tally: &mut Tally) {
        let drawn =
            number.iter().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
        let is_drawn = |one_in| key.private.is_none() || drawn % one_in == 0;
        let engines: Vec<_> = self.0.iter().filter(|(.., one_in)| is_drawn(*one_in)).collect();
        if engines.is_empty() {
            return;
        }
        let expected = power(key, number);
        for (name, operation, _) in engines {
            let mut result = vec![0; key.size()];
            let ours = operation.apply(number, &mut result).is_ok().then_some(result);
            tally.power(name, &key.name, ours == expected);
        }
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
