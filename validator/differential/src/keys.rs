use std::path::Path;

use anyhow::{Context, Result, anyhow};
use keystile_validator::{Exponents, Limits, PublicKey};
use num_bigint::BigUint;
use pkcs8::der::{Decode, SecretDocument};

/// The test keys of the vectors: how often of a hundred batches they are chosen, and where they lie.
const PAIRS: [(u32, &str); 7] = [
    (22, "token-a"),
    (20, "token-b"),
    (18, "exponent-3"),
    (10, "stranger"),
    (10, "token-3072"),
    (6, "token-4096"),
    (1, "largest-8192"),
];
/// Of a hundred batches, how many are for moduli that nobody has the private key of.
const SPECIAL: u32 = 13;

/// A key that signatures are judged under.
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) modulus: BigUint,
    pub(crate) exponent: u64,
    pub(crate) public: PublicKey,
    pub(crate) private: Option<Private>,
    weight: u32,
}

/// What it takes to make any encoded message the decoding of a signature.
pub(crate) struct Private {
    primes: [BigUint; 2],
    exponents: [BigUint; 2],
    coefficient: BigUint,
}

impl Private {
    /// `number`^d mod n, by the Chinese remainder theorem (RFC 8017 section 5.1.2).
    pub(crate) fn power(&self, number: &BigUint) -> BigUint {
        let [p, q] = &self.primes;
        let [dp, dq] = &self.exponents;
        let (one, other) = (number.modpow(dp, p), number.modpow(dq, q));
        let h = (one + p - &other % p) * &self.coefficient % p;
        other + h * q
    }
}

impl Key {
    /// The length of the modulus in bytes.
    pub(crate) fn size(&self) -> usize {
        self.public.modulus().len()
    }

    fn new(
        name: &str,
        weight: u32,
        modulus: BigUint,
        exponent: u64,
        private: Option<Private>,
    ) -> Result<Self> {
        let limits = Limits::default().with_exponents(Exponents::OddUpTo33Bits);
        let e = BigUint::from(exponent).to_bytes_be();
        let public = PublicKey::from_components(&modulus.to_bytes_be(), &e, &limits)?;
        Ok(Self { name: name.to_owned(), modulus, exponent, public, private, weight })
    }

    fn read(name: &str, weight: u32) -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/vectors/keys/{name}.pem"));
        let pem =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let wrong = |error| anyhow!("`{name}` is no RSA key in PKCS #8: {error}");
        let (_, der) = SecretDocument::from_pem(&pem).map_err(wrong)?;
        let info = pkcs8::PrivateKeyInfo::from_der(der.as_bytes()).map_err(wrong)?;
        let pair = pkcs1::RsaPrivateKey::from_der(info.private_key).map_err(wrong)?;
        let number = |number: pkcs1::UintRef| BigUint::from_bytes_be(number.as_bytes());
        let exponent = number(pair.public_exponent).try_into().context("the exponent is too large")?;
        let private = Private {
            primes: [number(pair.prime1), number(pair.prime2)],
            exponents: [number(pair.exponent1), number(pair.exponent2)],
            coefficient: number(pair.coefficient),
        };
        Self::new(name, weight, number(pair.modulus), exponent, Some(private))
    }
}

/// The keys of the vectors, and moduli whose limbs are made to carry.
pub(crate) fn all(random: &mut fastrand::Rng) -> Result<Vec<Key>> {
    let mut keys = PAIRS.iter().map(|(weight, name)| Key::read(name, *weight)).collect::<Result<Vec<_>>>()?;
    let one = || BigUint::from(1_u8);
    for bits in [2048_u64, 2049, 2111, 3072, 4096, 8192] {
        let top = one() << (bits - 1);
        let ones = (one() << bits) - 1_u8;
        let zeros = &top + 1_u8;
        let half = &top + ((one() << (bits / 2)) - 1_u8);
        let run = &ones - (one() << random.u64(64..bits - 64));
        let noise = (BigUint::from_bytes_be(&bytes(random, bits as usize / 8)) | &top) | one();
        for (name, modulus) in
            [("ones", ones), ("zeros", zeros), ("half", half), ("gap", run), ("noise", noise)]
        {
            for exponent in [65537, 3] {
                keys.push(Key::new(
                    &format!("{name}-{bits}-{exponent}"),
                    0,
                    modulus.clone(),
                    exponent,
                    None,
                )?);
            }
        }
    }
    Ok(keys)
}

/// The place of a key, by weight; all special ones together have theirs.
pub(crate) fn choose(keys: &[Key], random: &mut fastrand::Rng) -> usize {
    let pairs: u32 = keys.iter().map(|key| key.weight).sum();
    let mut left = random.u32(0..pairs + SPECIAL);
    for (at, key) in keys.iter().enumerate().filter(|(_, key)| key.weight > 0) {
        if left < key.weight {
            return at;
        }
        left -= key.weight;
    }
    random.usize(PAIRS.len()..keys.len())
}

pub(crate) fn bytes(random: &mut fastrand::Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    random.fill(&mut bytes);
    bytes
}
