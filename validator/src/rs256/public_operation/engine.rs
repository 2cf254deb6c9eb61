//! Which arithmetic runs: what the build allows, the machine proves and the key's size suits.

use alloc::{boxed::Box, vec, vec::Vec};
use core::sync::atomic::{AtomicUsize, Ordering};

use super::PublicOperation;
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
    const ENGINES: [Engine; 3] = [Engine::Fused, Engine::Simd128, Engine::Scalar];
    static BEST: AtomicUsize = AtomicUsize::new(usize::MAX);
    if !cfg!(target_family = "wasm") {
        return Engine::Scalar;
    }
    if let Some(known) = ENGINES.get(BEST.load(Ordering::Relaxed)) {
        return *known;
    }
    // Whoever looks at the same time finds the same.
    let is_best =
        |engine: &Engine| *engine == Engine::Scalar || passes_self_test(*engine, fuses, KNOWN_POWER);
    let best = ENGINES.iter().position(is_best);
    BEST.store(best.unwrap_or(usize::MAX), Ordering::Relaxed);
    best.and_then(|best| ENGINES.get(best)).copied().unwrap_or(Engine::Scalar)
}

/// A build that has nothing to fuse.
#[cfg(not(any(not(target_family = "wasm"), target_feature = "relaxed-simd")))]
fn fuses() -> bool {
    false
}

/// Whether the engine is in this build, the machine multiplies and adds as it needs, and the known power comes
/// out.
pub(super) fn passes_self_test(engine: Engine, fuses: fn() -> bool, known_power: &[u8; 256]) -> bool {
    if engine == Engine::Fused && !fuses() {
        return false;
    }
    // Digits of all kinds: the modulus is 0xc1, 0xc6, 0xcb, ... and the number the same from 0x42 on.
    let modulus: [u8; 256] = core::array::from_fn(|i| (0xc1 + 5 * i) as u8 | u8::from(i == 255));
    let number: [u8; 256] = core::array::from_fn(|i| (0x42 + 5 * i) as u8);
    let (frame, tail) = known_power.split_at(known_power.len() - PublicOperation::MAX_TAIL);
    let prepared = Prepared::new(&modulus, 65537, frame, engine);
    prepared.is_some_and(|prepared| prepared.engine() == engine && prepared.yields(&number, tail))
}

/// The power in the self-test.
pub(super) const KNOWN_POWER: &[u8; 256] = b"\
    \x42\xa9\x1c\xbe\x7c\xb8\x42\x31\xc0\xe5\xda\x48\x44\xe0\xb6\x18\x3f\x95\x43\x18\x2a\x5a\xa4\xd5\
    \x1c\x1a\x62\x2d\x0c\xbd\x44\x7b\xe6\xa7\x10\x1a\x90\xd0\x4f\xe7\x69\x5f\xf5\x97\xa5\x05\xa8\x8f\
    \x05\xbc\x17\x7e\x44\x59\x2e\xb2\x5c\xb1\x25\xab\x8f\x90\xeb\xb7\x82\x29\xaa\x28\xd8\xa1\x82\x2c\
    \xe8\xf1\xdb\x30\xfc\x51\x7e\x23\x03\x11\x7f\x01\xc0\x76\x89\x1c\x76\x62\x8c\x7c\x68\xfb\x64\x04\
    \x80\x7d\x01\x35\x54\x47\x40\x60\x78\x3b\x61\x82\xa4\xbb\x50\x57\x32\xe2\x71\x9c\xe2\xf0\xb6\x23\
    \xc1\xd7\xef\x8d\xb2\x9d\x54\xd6\xa4\x3b\x9d\xd6\x7b\x0c\xed\x01\x72\x57\x9f\xe7\xda\x16\x76\x30\
    \x9e\xfe\x6f\x6c\x59\x99\x76\x66\x11\x45\x9e\xdc\x02\xfc\x9d\xb0\x69\xae\xe2\xde\xe7\x9a\x1d\x22\
    \x86\x20\xe5\x70\x28\xdd\x8c\x57\x15\xde\x2f\x64\xd5\x05\xc8\xc6\x35\xd9\xef\xe2\x27\x5f\xa7\x2c\
    \x30\xa9\x96\x18\x0e\x12\x04\x07\x9d\x55\xb0\xf6\x11\xa7\xfd\xaa\x0b\x1b\x6e\x51\x84\xe0\x47\x7f\
    \xaa\x2b\xfa\x07\xec\x06\x91\xd1\xc2\xd9\xef\x03\xb7\x10\x4d\x8d\x11\x8d\x1e\xa5\x5b\x4e\x85\x08\
    \x83\x3d\x28\x89\x0a\x86\xb4\xb2\xa6\x1b\x45\x6a\x7c\x72\x02\x9f";

/// A key, prepared for one engine.
///
/// The engine is called through a table, so that each stays a function of its own: in one function with the others, a
/// JavaScript engine's optimizing compiler took two to seven times as long before the first fast power.
pub(super) struct Prepared {
    engine: Engine,
    power: AnyPower,
}

#[cfg(not(target_family = "wasm"))]
type AnyPower = Box<dyn Power + Send + Sync>;
#[cfg(target_family = "wasm")]
type AnyPower = Box<dyn Power>;

/// One engine's powers, for one key.
pub(super) trait Power {
    /// Whether `number`^e mod n is the frame followed by `tail`, modulo n, for `number` < n; all big-endian, and of the
    /// modulus's length.
    fn yields(&self, number: &[u8], tail: &[u8]) -> bool;
}

impl Prepared {
    /// `None` unless the modulus is odd and above 1.
    pub(super) fn new(modulus: &[u8], exponent: u64, frame: &[u8], engine: Engine) -> Option<Self> {
        let modulus = Modulus::new(from_big_endian(modulus))?;
        let pairs_fit = exponent == 65537 && matches!(modulus.bits(), 2048 | 3072 | 4096);
        let (engine, power): (_, AnyPower) = match if pairs_fit { engine } else { Engine::Scalar } {
            #[cfg(any(not(target_family = "wasm"), target_feature = "relaxed-simd"))]
            Engine::Fused => (engine, Box::new(Power65537::<Fused>::new(&modulus, frame))),
            #[cfg(any(
                not(target_family = "wasm"),
                all(
                    target_feature = "simd128",
                    any(not(target_feature = "relaxed-simd"), feature = "simd128-fallback")
                )
            ))]
            Engine::Simd128 => (engine, Box::new(Power65537::<Simd>::new(&modulus, frame))),
            _ => (Engine::Scalar, Box::new(Scalar::new(modulus, exponent, frame))),
        };
        Some(Self { engine, power })
    }

    /// As [`Power::yields`].
    pub(super) fn yields(&self, number: &[u8], tail: &[u8]) -> bool {
        self.power.yields(number, tail)
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine
    }
}

struct Scalar {
    modulus: Modulus,
    r_squared: Vec<Limb>,
    exponent: u64,
    frame: Box<[u8]>,
}

impl Scalar {
    fn new(modulus: Modulus, exponent: u64, frame: &[u8]) -> Self {
        Self { r_squared: modulus.r_squared(), modulus, exponent, frame: frame.into() }
    }
}

impl Power for Scalar {
    fn yields(&self, number: &[u8], tail: &[u8]) -> bool {
        let power = self.modulus.power(&from_big_endian(number), self.exponent, &self.r_squared);
        let mut bytes = vec![0; number.len()];
        to_big_endian(&power, &mut bytes);
        bytes.strip_suffix(tail) == Some(&self.frame)
    }
}
