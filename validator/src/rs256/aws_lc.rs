//! The same verification by AWS-LC, whose assembly is several times as fast as our own arithmetic in native code.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use super::InvalidSignature;
use crate::limits::Limits;

// AWS-LC looks at the size of a key with every signature and not before, so that a key outside its bounds would have
// all its signatures refused. The bounds are those of our limits: these sizes, and odd exponents of 2 to 33 bits.
const _: () = assert!(Limits::MIN_MODULUS_BITS >= 2048 && Limits::MAX_MODULUS_BITS <= 8192);

/// A key as AWS-LC keeps it.
pub(crate) struct Key(ParsedPublicKey);

impl Key {
    /// `None` if aws-lc-rs does not take the key.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok().map(Self)
    }

    /// AWS-LC takes the steps of RFC 8017 section 8.2.2 too: the length and the bound of the signature, then the encoded
    /// message, whole.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.0.verify_sig(message, signature).map_err(|_| InvalidSignature)
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use sha2::{Digest, Sha256};

    use super::super::{PublicOperation, as_number, frame, verify};
    use super::*;

    const MESSAGE: &[u8] = b"a message";

    /// Exponents of Mersenne primes. A prime serves as a modulus whose private exponent anybody can compute; none of
    /// these is a whole number of bytes long, so that a signature plus the modulus can be as long as the modulus.
    const SIZES: [u32; 3] = [2203, 4253, 4423];

    /// Up to the longest that is ever allowed, 33 bits. All have an inverse for the primes above.
    const EXPONENTS: [&[u8]; 3] = [&[17], &[1, 0, 1], &[1, 0, 0, 0, 1]];

    fn one() -> BigUint {
        BigUint::from(1_u8)
    }

    fn padded(number: &BigUint, length: usize) -> Vec<u8> {
        let digits = number.to_bytes_be();
        [vec![0; length - digits.len()], digits].concat()
    }

    /// MESSAGE in EMSA-PKCS1-v1_5.
    fn encoded(length: usize) -> Vec<u8> {
        [&frame(length)[..], &Sha256::digest(MESSAGE)].concat()
    }

    /// What both say, which has to be the same.
    fn accepts(modulus: &BigUint, exponent: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let modulus = modulus.to_bytes_be();
        let theirs = Key::new(&modulus, exponent).unwrap().verify(message, signature).is_ok();
        let operation = PublicOperation::new(&modulus, as_number(exponent), &frame(modulus.len())).unwrap();
        let ours = verify(&operation, message, signature).is_ok();
        assert_eq!(theirs, ours, "{exponent:?} {signature:x?} mod {modulus:x?}");
        ours
    }

    #[test]
    fn aws_lc_and_our_own_arithmetic_say_the_same_of_every_size_and_exponent() {
        for size in SIZES {
            let modulus = (one() << size) - one();
            let length = modulus.to_bytes_be().len();
            for exponent in EXPONENTS {
                let private = BigUint::from_bytes_be(exponent).modinv(&(&modulus - one())).unwrap();
                let sign = |encoded: &[u8]| BigUint::from_bytes_be(encoded).modpow(&private, &modulus);
                let signature = sign(&encoded(length));
                let good = padded(&signature, length);
                assert!(accepts(&modulus, exponent, MESSAGE, &good));
                assert!(!accepts(&modulus, exponent, b"another message", &good));
                for bad in near_misses(&modulus, &signature, &sign) {
                    assert!(!accepts(&modulus, exponent, MESSAGE, &bad), "{bad:x?}");
                }
            }
        }
    }

    /// Signatures of the wrong length, out of range, and of encodings that a lenient parser would take.
    fn near_misses(modulus: &BigUint, signature: &BigUint, sign: &dyn Fn(&[u8]) -> BigUint) -> Vec<Vec<u8>> {
        let length = modulus.to_bytes_be().len();
        let good = padded(signature, length);
        let encoded = encoded(length);
        let mut of_type_2 = encoded.clone();
        of_type_2[1] = 2;
        let mut hole_in_padding = encoded.clone();
        hole_in_padding[20] = 0;
        // The padding eight bytes shorter, and the room after the digest.
        let followed = [&encoded[..2], &encoded[10..], &[0; 8]].concat();
        // DigestInfo without the NULL of its parameters: both lengths say two less, and the padding is two longer.
        let start = length - 51;
        let info = &encoded[start..];
        let null_left_out = [
            &encoded[..2],
            &[0xff; 2],
            &encoded[2..start],
            &[0x30, 0x2f, 0x30, 0x0b],
            &info[4..15],
            &info[17..],
        ];
        let forged = [of_type_2, hole_in_padding, followed, null_left_out.concat()];
        let numbers = [BigUint::ZERO, one(), modulus - one(), modulus.clone(), signature + modulus];
        let mut all: Vec<_> = numbers.iter().map(|number| padded(number, length)).collect();
        all.extend(forged.iter().map(|encoded| padded(&sign(encoded), length)));
        all.extend([vec![], good[1..].to_vec(), good[..length - 1].to_vec(), vec![0xff; length]]);
        all.extend([[&[0][..], &good].concat(), [&good[..], &[0]].concat(), vec![0; 2000]]);
        all
    }

    #[test]
    fn it_says_that_it_runs() {
        assert_eq!(crate::engine(), "aws-lc");
    }
}
