//! Which arithmetic runs: what the build allows, the machine proves and the key's size suits.

use super::limbs::{Limb, from_big_endian, to_big_endian};
use super::montgomery::Modulus;
#[cfg(any(not(target_family = "wasm"), target_feature = "simd128"))]
use super::pairs::Power65537;
#[cfg(any(
    not(target_family = "wasm"),
    all(target_feature = "simd128", any(not(target_feature = "relaxed-simd"), feature = "simd128-fallback"))
))]
use super::pairs::Simd;
#[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
use super::pairs::{Fused, fuses};
use std::sync::OnceLock;

/// The ways to compute a power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Fused,
    Simd128,
    Scalar,
}

impl Engine {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fused => "fused",
            Self::Simd128 => "simd128",
            Self::Scalar => "scalar",
        }
    }
}

/// The best engine that this build has and this machine runs correctly. Found out once.
pub(crate) fn engine() -> Engine {
    static BEST: OnceLock<Engine> = OnceLock::new();
    if !cfg!(target_family = "wasm") {
        return Engine::Scalar;
    }
    *BEST.get_or_init(|| {
        let candidates = [Engine::Fused, Engine::Simd128];
        candidates.into_iter().find(|&engine| passes_self_test(engine)).unwrap_or(Engine::Scalar)
    })
}

/// Whether the engine is in this build, the machine multiplies and adds as it needs, and a known power comes
/// out.
pub(super) fn passes_self_test(engine: Engine) -> bool {
    #[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
    if engine == Engine::Fused && !fuses() {
        return false;
    }
    // Digits of all kinds: the modulus is 0xc1, 0xc6, 0xcb, ... and the number the same from 0x42 on.
    let modulus: [u8; 256] = core::array::from_fn(|i| (0xc1 + 5 * i) as u8 | u8::from(i == 255));
    let number: [u8; 256] = core::array::from_fn(|i| (0x42 + 5 * i) as u8);
    let Some(prepared) =
        Prepared::new(&modulus, 65537, engine).filter(|prepared| prepared.engine() == engine)
    else {
        return false;
    };
    let mut power = [0; 256];
    prepared.power(&number, &mut power);
    fnv_1a(&power) == KNOWN_POWER
}

/// The FNV-1a hash of the power in the self-test. The tests compute it with the scalar engine also, which would
/// take longer here than all the rest.
const KNOWN_POWER: u64 = 0x564f_1eca_7ead_5e3e;

fn fnv_1a(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// A key, prepared for one engine.
///
/// The engine is called through a table, so that each stays a function of its own: in one function with the others, a
/// JavaScript engine's optimizing compiler took two to seven times as long before the first fast power.
pub(super) struct Prepared {
    engine: Engine,
    power: Box<dyn Power + Send + Sync>,
}

/// One engine's power, for one key.
pub(super) trait Power {
    /// Writes `number`^e mod n over `result`, for `number` < n; all big-endian and of the modulus's length.
    fn power(&self, number: &[u8], result: &mut [u8]);
}

impl Prepared {
    /// `None` unless the modulus is odd and above 1.
    pub(super) fn new(modulus: &[u8], exponent: u64, engine: Engine) -> Option<Self> {
        let modulus = Modulus::new(from_big_endian(modulus))?;
        let pairs_fit = exponent == 65537 && matches!(modulus.bits(), 2048 | 3072 | 4096);
        Some(match if pairs_fit { engine } else { Engine::Scalar } {
            #[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
            Engine::Fused => Self { engine, power: Box::new(Power65537::<Fused>::new(&modulus)) },
            #[cfg(any(
                not(target_family = "wasm"),
                all(
                    target_feature = "simd128",
                    any(not(target_feature = "relaxed-simd"), feature = "simd128-fallback")
                )
            ))]
            Engine::Simd128 => Self { engine, power: Box::new(Power65537::<Simd>::new(&modulus)) },
            _ => Self { engine: Engine::Scalar, power: Box::new(Scalar::new(modulus, exponent)) },
        })
    }

    /// As [`Power::power`].
    pub(super) fn power(&self, number: &[u8], result: &mut [u8]) {
        self.power.power(number, result);
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine
    }
}

struct Scalar {
    modulus: Modulus,
    r_squared: Vec<Limb>,
    exponent: u64,
}

impl Scalar {
    fn new(modulus: Modulus, exponent: u64) -> Self {
        Self { r_squared: modulus.r_squared(), modulus, exponent }
    }
}

impl Power for Scalar {
    fn power(&self, number: &[u8], result: &mut [u8]) {
        let power = self.modulus.power(&from_big_endian(number), self.exponent, &self.r_squared);
        to_big_endian(&power, result);
    }
}
