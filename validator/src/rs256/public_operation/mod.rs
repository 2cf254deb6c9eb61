//! The RSA public operation: whether s^e mod n is what is expected.
//!
//! Three engines compute it, and all give the same answers:
//!
//! - `fused`: pairs of 49-bit digits, multiplied exactly by fused multiply-adds. WebAssembly with relaxed SIMD,
//!   on a machine that fuses, which is tested at run time.
//! - `simd128`: pairs of 23-bit digits, multiplied exactly by plain `f64` arithmetic. WebAssembly with SIMD.
//! - `scalar`: Montgomery's method, limb by limb. Everywhere, for every size and exponent.
//!
//! The first two serve e = 65537 and moduli of 2048, 3072 and 4096 bits. Nothing here is secret, so nothing
//! here runs in constant time.
//!
//! What is expected is known but for its last bytes before any s is seen: the padding and the name of the hash, and then
//! a digest. That it is asked for, and not s^e itself, saves the first two a multiplication ([`pairs`]).

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

use alloc::boxed::Box;

use engine::Prepared;
pub(crate) use engine::{Engine, engine};

/// Raises numbers to the power e modulo n, and says whether that is what is expected.
pub(crate) struct PublicOperation {
    modulus: Box<[u8]>,
    frame: Box<[u8]>,
    prepared: Prepared,
}

impl PublicOperation {
    /// The most bytes of what is expected that may be told with each number.
    pub(crate) const MAX_TAIL: usize = 32;

    /// Prepares a key, given its modulus n, and what its powers are expected to begin with, both big-endian. What is left,
    /// 32 bytes at most, is the tail.
    ///
    /// Returns `None` unless n is odd, above 1 and without leading zero bytes. Other rules are the caller's.
    pub(crate) fn new(modulus: &[u8], exponent: u64, frame: &[u8]) -> Option<Self> {
        Self::with_engine(modulus, exponent, frame, engine())
    }

    /// As [`Self::new`] with an engine of one's choice, for comparisons. An engine that this build or this
    /// size lacks is replaced by the scalar one.
    pub(crate) fn with_engine(modulus: &[u8], exponent: u64, frame: &[u8], engine: Engine) -> Option<Self> {
        modulus.first().filter(|&&leading| leading != 0)?;
        modulus.len().checked_sub(frame.len()).filter(|tail| *tail <= Self::MAX_TAIL)?;
        let prepared = Prepared::new(modulus, exponent, frame, engine)?;
        Some(Self { modulus: modulus.into(), frame: frame.into(), prepared })
    }

    /// Whether `number`^e mod n is the frame followed by the tail; all big-endian. It is not where `number` is not below n
    /// or not as long, and then nobody asks for the tail.
    pub(crate) fn yields<T: AsRef<[u8]>>(&self, number: &[u8], tail: impl FnOnce() -> T) -> bool {
        let length = self.modulus.len();
        if number.len() != length || *number >= *self.modulus {
            return false;
        }
        let tail = tail();
        let tail = tail.as_ref();
        // The engines compare modulo n, and no power is n or above.
        let fits = self.frame.len() + tail.len() == length && self.frame.iter().chain(tail).lt(&self.modulus);
        fits && self.prepared.yields(number, tail)
    }

    /// The engine that serves this key.
    #[cfg_attr(not(test), expect(dead_code, reason = "asked by the tests and the comparison of the engines"))]
    pub(crate) fn engine(&self) -> Engine {
        self.prepared.engine()
    }
}
