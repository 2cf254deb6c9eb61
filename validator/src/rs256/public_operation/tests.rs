//! Every engine against `num-bigint`.

use super::PublicOperation;
use super::engine::{Engine, KNOWN_POWER, engine, passes_self_test};
use super::pairs::fuses;
use num_bigint::BigUint;

const ENGINES: [Engine; 3] = [Engine::Fused, Engine::Simd128, Engine::Scalar];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn bits(&mut self, count: u64) -> BigUint {
        let words: Vec<u32> = (0..count.div_ceil(32)).map(|_| self.next() as u32).collect();
        BigUint::new(words) % (one() << count)
    }
}

fn one() -> BigUint {
    BigUint::from(1_u8)
}

/// Odd, of exactly that many bits.
fn modulus(random: &mut Random, bits: u64) -> BigUint {
    random.bits(bits) | one() | one() << (bits - 1)
}

fn bytes(number: &BigUint, length: usize) -> Vec<u8> {
    let digits = number.to_bytes_be();
    let mut bytes = vec![0; length - digits.len()];
    bytes.extend(digits);
    bytes
}

fn assert_power(modulus: &BigUint, exponent: u64, engine: Engine, numbers: &[BigUint]) {
    let n = modulus.to_bytes_be();
    for number in numbers {
        let power = number.modpow(&BigUint::from(exponent), modulus);
        let expected = bytes(&power, n.len());
        let (frame, tail) = expected.split_at(n.len().saturating_sub(PublicOperation::MAX_TAIL));
        let operation = PublicOperation::with_engine(&n, exponent, frame, engine).unwrap();
        let yields = |tail: &[u8]| operation.yields(&bytes(number, n.len()), || tail);
        let what = || format!("{engine:?}: {number:x}^{exponent} mod {modulus:x}");
        assert!(yields(tail), "{}", what());
        // The bits at the ends, and one between.
        for bit in [0, 8 * tail.len() / 2, 8 * tail.len() - 1] {
            let mut other = tail.to_vec();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!yields(&other), "{}, bit {bit}", what());
        }
    }
}

#[test]
fn what_differs_from_the_power_in_one_bit_anywhere_is_not_yielded() {
    let random = &mut Random(4);
    for bits in [2048, 3072, 4096] {
        let modulus = modulus(random, bits);
        let number = random.bits(bits) % &modulus;
        let power = number.modpow(&BigUint::from(65537_u32), &modulus);
        for engine in ENGINES {
            for bit in [0, 255, 256, 257, bits / 2, bits - 50, bits - 2, random.next() % (bits - 1)] {
                let other = bytes(&(&power ^ (one() << bit)), bits as usize / 8);
                let (frame, tail) = other.split_at(other.len() - PublicOperation::MAX_TAIL);
                let operation =
                    PublicOperation::with_engine(&modulus.to_bytes_be(), 65537, frame, engine).unwrap();
                assert!(!operation.yields(&bytes(&number, other.len()), || tail), "{engine:?}, bit {bit}");
            }
        }
    }
}

/// Numbers at the rim of what is allowed, and some between.
fn numbers(random: &mut Random, modulus: &BigUint) -> Vec<BigUint> {
    let small = [0_u8, 1, 2].map(BigUint::from);
    let large = [1_u8, 2, 3].map(|below| modulus - below);
    let halves = [modulus >> 1_u8, (modulus >> 1_u8) + one()];
    let run = (one() << (modulus.bits() - 1)) - one();
    let random = core::array::from_fn::<_, 3, _>(|_| random.bits(modulus.bits()) % modulus);
    [&small[..], &large, &halves, &[run], &random].concat()
}

/// Moduli whose digits are all as large, as small or as regular as can be, in the radices in use.
fn special_moduli(bits: u64) -> Vec<BigUint> {
    let top = one() << (bits - 1);
    let all_ones = (one() << bits) - one();
    let mut moduli = vec![all_ones.clone(), &top + one(), &all_ones - (one() << (bits / 2))];
    moduli.push((&all_ones >> (bits / 2)) | &top);
    moduli.push(all_ones.clone() - ((one() << 256_u16) - one()) + one());
    moduli.push(((one() << 256_u16) - one()) << (bits - 256) | one());
    for width in [23_u64, 49] {
        let repeat = |digit: BigUint| (0..bits / width).fold(one(), |sum, i| sum | &digit << (i * width));
        moduli.push(repeat(one() << (width - 1)) | &top);
        moduli.push(repeat((one() << (width - 1)) - one()) | &top);
        moduli.push(repeat(one()) | &top);
        moduli.push(&all_ones - (one() << (bits / 2 / width * width)));
    }
    moduli
}

#[test]
fn every_engine_computes_the_power() {
    let random = &mut Random(1);
    for bits in [2048, 3072, 4096] {
        for engine in ENGINES {
            let modulus = modulus(random, bits);
            let frame = vec![0; bits as usize / 8 - PublicOperation::MAX_TAIL];
            let operation = PublicOperation::with_engine(&modulus.to_bytes_be(), 65537, &frame, engine);
            assert_eq!(operation.unwrap().engine(), engine);
            assert_power(&modulus, 65537, engine, &numbers(random, &modulus));
        }
    }
}

#[test]
fn special_moduli_have_no_wrong_carry() {
    let random = &mut Random(2);
    for bits in [2048, 3072, 4096] {
        for modulus in special_moduli(bits) {
            let numbers = numbers(random, &modulus);
            let from = random.next() as usize % (numbers.len() - 2);
            assert_power(&modulus, 65537, Engine::Fused, &numbers[from..from + 2]);
            assert_power(&modulus, 65537, Engine::Simd128, &numbers[from..from + 2]);
            assert_power(&modulus, 65537, Engine::Scalar, &numbers[from..from + 1]);
        }
    }
}

#[test]
fn any_size_and_exponent_is_served() {
    let random = &mut Random(3);
    for bits in [2, 9, 64, 65, 1024, 2047, 2049, 2560, 4104, 8192] {
        for exponent in [1, 3, 17, 65537, 0x1_ffff_ffff] {
            let modulus = modulus(random, bits);
            let number = random.bits(bits) % &modulus;
            assert_power(&modulus, exponent, Engine::Fused, &[number, &modulus - one()]);
        }
    }
}

#[test]
fn a_modulus_is_odd_above_one_and_without_leading_zeros() {
    for refused in [&[][..], &[0], &[1], &[0x80, 0], &[0, 0xff]] {
        assert!(PublicOperation::new(refused, 3, &[]).is_none(), "{refused:?}");
    }
}

#[test]
fn a_number_is_below_the_modulus_and_as_long() {
    let operation = PublicOperation::new(&[0xc1, 0x07], 1, &[]).unwrap();
    assert!(operation.yields(&[0xc1, 0x06], || [0xc1, 0x06]));
    for number in [&[0xc1, 0x07][..], &[0xff, 0xff], &[7], &[0, 0, 7], &[]] {
        assert!(!operation.yields(number, || -> [u8; 2] { panic!("the tail is asked for") }), "{number:?}");
    }
}

#[test]
fn what_is_expected_is_below_the_modulus_and_as_long() {
    let modulus = [0xc1; 256];
    let zero = [0; 256];
    for engine in ENGINES {
        // Zero to any power is zero, and n is zero modulo n.
        let yields = |frame: &[u8], tail: &[u8]| {
            let operation = PublicOperation::with_engine(&modulus, 65537, frame, engine).unwrap();
            operation.yields(&zero, || tail)
        };
        assert!(yields(&[0; 224], &[0; 32]));
        assert!(!yields(&modulus[..224], &modulus[224..]));
        assert!(!yields(&[0; 224], &[0; 31]));
        assert!(!yields(&[0; 224], &[0; 33]));
    }
    for frame in [&[0; 223][..], &[0; 257]] {
        assert!(PublicOperation::new(&modulus, 65537, frame).is_none(), "{frame:?}");
    }
}

#[test]
fn self_tests_pass_on_a_machine_that_fuses_and_with_no_power_but_the_known_one() {
    for engine in ENGINES {
        assert!(passes_self_test(engine, fuses, KNOWN_POWER), "{engine:?}");
        assert_eq!(passes_self_test(engine, || false, KNOWN_POWER), engine != Engine::Fused, "{engine:?}");
        for at in [0, 223, 224, 255] {
            let mut another = *KNOWN_POWER;
            another[at] ^= 1;
            assert!(!passes_self_test(engine, fuses, &another), "{engine:?} at {at}");
        }
    }
    assert_eq!(engine(), Engine::Scalar);
    assert_eq!(ENGINES.map(Engine::as_str), ["fused", "simd128", "scalar"]);
}
