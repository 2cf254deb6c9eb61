use anyhow::Result;
use num_bigint::BigUint;
use sha2::{Digest, Sha256};

use crate::keys::{Key, Private, bytes};

const PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];
/// How many messages of a key are signed beforehand; a private operation costs hundreds of public ones.
const SIGNED: usize = 16;

/// A message and what may be its signature.
pub(crate) struct Input {
    pub(crate) kind: &'static str,
    pub(crate) message: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Makes inputs for one key.
pub(crate) struct Inputs {
    modulus: BigUint,
    size: usize,
    signed: Vec<[Vec<u8>; 2]>,
    misencoded: Vec<[Vec<u8>; 2]>,
}

impl Inputs {
    pub(crate) fn new(key: &Key, random: &mut fastrand::Rng) -> Result<Self> {
        let size = key.size();
        let (mut signed, mut misencoded) = (Vec::new(), Vec::new());
        if let Some(private) = &key.private {
            let sign = |block: &[u8]| fixed(&private.power(&BigUint::from_bytes_be(block)), size);
            for _ in 0..SIGNED {
                let message = some_message(random);
                signed.push([message.clone(), sign(&encoded(&message, size))]);
            }
            misencoded = misencodings(private, size, random);
        }
        Ok(Self { modulus: key.modulus.clone(), size, signed, misencoded })
    }

    pub(crate) fn next(&self, random: &mut fastrand::Rng) -> Input {
        match random.choice(&self.signed).cloned() {
            Some([message, signature]) => match random.u32(0..10) {
                0..3 => Input { kind: "valid", message, signature },
                3..8 => self.mutated(message, signature, random),
                8 => self.misencoded(random),
                _ => self.special(message, random),
            },
            None => self.special(some_message(random), random),
        }
    }

    /// A signature that was valid, with one change.
    fn mutated(&self, mut message: Vec<u8>, mut signature: Vec<u8>, random: &mut fastrand::Rng) -> Input {
        let kind = match random.u32(0..8) {
            0 | 1 => {
                flip(&mut signature, random);
                "a bit of the signature flipped"
            }
            2 => {
                flip(&mut message, random);
                "a bit of the message flipped"
            }
            3 => {
                let above = BigUint::from_bytes_be(&signature) + &self.modulus;
                signature = fixed(&above, self.size);
                "the signature plus the modulus"
            }
            4 => {
                signature = fixed(&(&self.modulus - BigUint::from_bytes_be(&signature)), self.size);
                "the modulus minus the signature"
            }
            5 => {
                signature.truncate(random.usize(0..self.size));
                "a signature cut off"
            }
            6 => {
                let zeros = vec![0; random.usize(1..9)];
                signature =
                    if random.bool() { [zeros, signature].concat() } else { [signature, zeros].concat() };
                "zeros before or after the signature"
            }
            _ => {
                message =
                    random.choice(&self.signed).map_or(message, |[other, _]| [other, &b"x"[..]].concat());
                "the signature of another message"
            }
        };
        Input { kind, message, signature }
    }

    fn misencoded(&self, random: &mut fastrand::Rng) -> Input {
        let chosen = random.choice(&self.misencoded).cloned();
        let [message, signature] = chosen.unwrap_or_default();
        Input { kind: "an encoded message with a fault", message, signature }
    }

    /// Numbers at the borders of the range, and numbers whose limbs carry.
    fn special(&self, message: Vec<u8>, random: &mut fastrand::Rng) -> Input {
        let (n, one) = (&self.modulus, BigUint::from(1_u8));
        let bits = n.bits();
        let (kind, number) = match random.u32(0..12) {
            0 => ("zero", BigUint::default()),
            1 => ("one", one),
            2 => ("n - 1", n - 1_u8),
            3 => ("n", n.clone()),
            4 => ("n + 1", n + 1_u8),
            5 => ("a power of two", one << random.u64(0..bits)),
            6 => ("ones", (one << random.u64(1..=bits)) - 1_u8),
            7 => ("a gap in ones", ((&one << bits) - 1_u8) - (one << random.u64(0..bits))),
            8 => ("half of n", n >> random.u32(1..65)),
            9 => ("a run of ones", ((&one << random.u64(1..bits)) - 1_u8) << 64_u8),
            _ => ("any number", BigUint::from_bytes_be(&bytes(random, self.size)) % n),
        };
        Input { kind, message, signature: fixed(&number, self.size) }
    }
}

/// Signatures of this very key over blocks that are almost the encoding of the message.
fn misencodings(private: &Private, size: usize, random: &mut fastrand::Rng) -> Vec<[Vec<u8>; 2]> {
    let info_at = size - PREFIX.len() - 32;
    let faults: [fn(&mut Vec<u8>, usize); 8] = [
        |block, _| block.iter_mut().take(2).for_each(|byte| *byte = 0),
        |block, _| block.iter_mut().skip(1).take(1).for_each(|byte| *byte = 2),
        |block, _| block.iter_mut().skip(10).take(1).for_each(|byte| *byte = 0xfe),
        |block, _| block.iter_mut().skip(10).take(1).for_each(|byte| *byte = 0),
        |block, at| block.iter_mut().skip(at - 1).take(1).for_each(|byte| *byte = 0xff),
        |block, at| block.iter_mut().skip(at + 1).take(1).for_each(|byte| *byte = 0x30),
        |block, at| block.iter_mut().skip(at + 14).take(1).for_each(|byte| *byte = 2),
        // Shorter padding, and as many bytes left over at the end.
        |block, at| {
            block.drain(10..at - 1);
            block.resize(block.len() + at - 11, 0x22);
        },
    ];
    faults
        .iter()
        .map(|fault| {
            let message = some_message(random);
            let mut block = encoded(&message, size);
            fault(&mut block, info_at);
            [message, fixed(&private.power(&BigUint::from_bytes_be(&block)), size)]
        })
        .collect()
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).
fn encoded(message: &[u8], size: usize) -> Vec<u8> {
    let padding = vec![0xff; size - 3 - PREFIX.len() - 32];
    [&[0, 1][..], &padding, &[0], &PREFIX, &Sha256::digest(message)].concat()
}

fn some_message(random: &mut fastrand::Rng) -> Vec<u8> {
    let length = random.usize(1..300);
    bytes(random, length)
}

fn flip(bytes: &mut [u8], random: &mut fastrand::Rng) {
    let bit = random.usize(0..bytes.len() * 8);
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 1 << (bit % 8);
    }
}

/// The number in at least `size` bytes.
fn fixed(number: &BigUint, size: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    [vec![0; size.saturating_sub(bytes.len())], bytes].concat()
}
