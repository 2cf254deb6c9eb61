//! The RSA public operation, s^e mod n.
//!
//! Three engines compute it, and all give the same bytes:
//!
//! - `fused`: pairs of 49-bit digits, multiplied exactly by fused multiply-adds. WebAssembly with relaxed SIMD,
//!   on a machine that fuses, which is tested at run time.
//! - `simd128`: pairs of 23-bit digits, multiplied exactly by plain `f64` arithmetic. WebAssembly with SIMD.
//! - `scalar`: Montgomery's method, limb by limb. Everywhere, for every size and exponent.
//!
//! The first two serve e = 65537 and moduli of 2048, 3072 and 4096 bits. Nothing here is secret, so nothing
//! here runs in constant time.

mod engine;
#[cfg(test)]
mod exhaustive;
mod limbs;
mod montgomery;
#[cfg(any(not(target_family = "wasm"), target_feature = "simd128"))]
#[expect(
    clippy::indexing_slicing,
    reason = "the lengths are those of the shape of the key, never of an input"
)]
mod pairs;
#[cfg(test)]
mod tests;

use engine::Prepared;
pub(crate) use engine::{Engine, engine};

/// Raises numbers to the power e modulo n.
pub(crate) struct PublicOperation {
    modulus: Box<[u8]>,
    prepared: Prepared,
}

/// The number is not below the modulus, or not as long.
#[derive(Debug)]
pub(crate) struct OutOfRange;

impl PublicOperation {
    /// Prepares a key, given its modulus n as big-endian bytes.
    ///
    /// Returns `None` unless n is odd, above 1 and without leading zero bytes. Other rules are the caller's.
    pub(crate) fn new(modulus: &[u8], exponent: u64) -> Option<Self> {
        Self::with_engine(modulus, exponent, engine())
    }

    /// As [`Self::new`] with an engine of one's choice, for comparisons. An engine that this build or this
    /// size lacks is replaced by the scalar one.
    pub(crate) fn with_engine(modulus: &[u8], exponent: u64, engine: Engine) -> Option<Self> {
        modulus.first().filter(|&&leading| leading != 0)?;
        Some(Self { prepared: Prepared::new(modulus, exponent, engine)?, modulus: modulus.into() })
    }

    /// Writes `number`^e mod n over `result`, both big-endian and as long as the modulus.
    pub(crate) fn apply(&self, number: &[u8], result: &mut [u8]) -> Result<(), OutOfRange> {
        let length = self.modulus.len();
        if number.len() != length || result.len() != length || *number >= *self.modulus {
            return Err(OutOfRange);
        }
        self.prepared.power(number, result);
        Ok(())
    }

    /// The engine that serves this key.
    #[cfg_attr(not(test), expect(dead_code, reason = "asked by the tests and the comparison of the engines"))]
    pub(crate) fn engine(&self) -> Engine {
        self.prepared.engine()
    }
}
