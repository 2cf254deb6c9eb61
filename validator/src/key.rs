//! An RSA public key, checked once when it is made.

use alloc::{sync::Arc, vec::Vec};
#[cfg(target_family = "wasm")]
use core::cell::OnceCell as Once;
use core::fmt;
#[cfg(not(target_family = "wasm"))]
use std::sync::OnceLock as Once;

use sha2::{Digest, Sha256};

use crate::{
    base64, jwk,
    key_set_error::{KeySetCode, KeySetError},
    limits::{Exponents, Limits},
    pem,
    roca::has_form_of_roca,
    rs256::{InvalidSignature, PreparedKey},
};

/// The exponent 65537, big-endian.
const F4: [u8; 3] = [0x01, 0x00, 0x01];

/// The name of a key. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// The name as it stands in `kid`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for KeyId {
    fn from(kid: &str) -> Self {
        Self(kid.into())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An RSA public key for RS256: an odd modulus of 2048 to 8192 bits and an allowed exponent. Cheap to clone.
#[derive(Clone)]
pub struct PublicKey {
    kid: KeyId,
    material: Arc<Material>,
}

/// The key itself, whatever it is called.
struct Material {
    thumbprint: KeyId,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    /// Made with the first signature: of a thousand keys in a set, most verify none.
    prepared: Once<Option<PreparedKey>>,
}

impl PublicKey {
    /// A key from its big-endian modulus and exponent, without leading zeros. Its `kid` is its thumbprint.
    pub fn from_components(modulus: &[u8], exponent: &[u8], limits: &Limits) -> Result<Self, KeySetError> {
        check_modulus(modulus)?;
        check_exponent(exponent, limits.exponents())?;
        let thumbprint = thumbprint(modulus, exponent);
        let material = Material {
            thumbprint: thumbprint.clone(),
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
            prepared: Once::new(),
        };
        Ok(Self { kid: thumbprint, material: Arc::new(material) })
    }

    /// A key from the JSON of a JWK (RFC 7517). Refused if the key is not one for RS256 signatures.
    pub fn from_jwk(jwk: &[u8], limits: &Limits) -> Result<Self, KeySetError> {
        let document = jwk::parse(jwk, limits)?;
        jwk::read(document.members(), limits)?.ok_or(KeySetCode::NoUsableKey.into())
    }

    /// A key from one PEM block, `PUBLIC KEY` (RFC 7468 section 13) or `RSA PUBLIC KEY` (RFC 8017 appendix A.1.1).
    pub fn from_pem(pem: &str, limits: &Limits) -> Result<Self, KeySetError> {
        match <[Self; 1]>::try_from(pem::read(pem, limits)?) {
            Ok([key]) => Ok(key),
            Err(_) => Err(KeySetCode::PemMalformed.into()),
        }
    }

    /// The same key under the name that its set gives it.
    pub(crate) fn with_kid(self, kid: &str) -> Self {
        Self { kid: KeyId::from(kid), ..self }
    }

    /// The name of the key: what its JWK says, or else its thumbprint.
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The RFC 7638 thumbprint of the key, in base64url.
    pub fn thumbprint(&self) -> &KeyId {
        &self.material.thumbprint
    }

    /// The modulus, big-endian, without leading zeros.
    pub fn modulus(&self) -> &[u8] {
        &self.material.modulus
    }

    /// The public exponent, big-endian, without leading zeros.
    pub fn exponent(&self) -> &[u8] {
        &self.material.exponent
    }

    /// The length of the modulus in bits.
    pub fn bits(&self) -> usize {
        bit_length(&self.material.modulus)
    }

    /// Returns `Ok` only if `signature` is the one valid RS256 signature of `message` under this key.
    ///
    /// Says nothing about what the message means. To judge a token, use a [`Validator`](crate::Validator).
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let Material { modulus, exponent, prepared, .. } = &*self.material;
        let prepared = prepared.get_or_init(|| PreparedKey::new(modulus, exponent));
        prepared.as_ref().ok_or(InvalidSignature)?.verify(message, signature)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.kid() == other.kid() && self.thumbprint() == other.thumbprint()
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("kid", self.kid())
            .field("bits", &self.bits())
            .finish_non_exhaustive()
    }
}

fn check_modulus(modulus: &[u8]) -> Result<(), KeySetCode> {
    match modulus {
        [] | [0, ..] => Err(KeySetCode::KeyMalformed),
        _ if bit_length(modulus) < Limits::MIN_MODULUS_BITS => Err(KeySetCode::KeyTooSmall),
        _ if bit_length(modulus) > Limits::MAX_MODULUS_BITS => Err(KeySetCode::KeyTooLarge),
        [.., last] if last % 2 == 0 => Err(KeySetCode::ModulusEven),
        _ if has_form_of_roca(modulus) => Err(KeySetCode::ModulusWeak),
        _ => Ok(()),
    }
}

fn check_exponent(exponent: &[u8], allowed: Exponents) -> Result<(), KeySetCode> {
    let odd_and_above_one = exponent.last().is_some_and(|last| last % 2 == 1) && exponent != [1];
    match (allowed, exponent) {
        (_, [] | [0, ..]) => Err(KeySetCode::KeyMalformed),
        (_, exponent) if exponent == F4 => Ok(()),
        (Exponents::OddUpTo33Bits, exponent) if odd_and_above_one && bit_length(exponent) <= 33 => Ok(()),
        _ => Err(KeySetCode::ExponentNotAllowed),
    }
}

/// The length in bits of a big-endian number without leading zero bytes.
fn bit_length(number: &[u8]) -> usize {
    let leading_zeros = number.first().map_or(0, |first| first.leading_zeros() as usize);
    number.len() * 8 - leading_zeros
}

/// The JWK Thumbprint with SHA-256 (RFC 7638 section 3): the required members only, in lexicographic order, without
/// white space.
fn thumbprint(modulus: &[u8], exponent: &[u8]) -> KeyId {
    let (n, e) = (base64::encode_url(modulus), base64::encode_url(exponent));
    let jwk = [r#"{"e":""#, &e, r#"","kty":"RSA","n":""#, &n, r#""}"#].concat();
    KeyId::from(base64::encode_url(&Sha256::digest(jwk.as_bytes())).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(modulus: &[u8], exponent: &[u8], limits: &Limits) -> Option<KeySetCode> {
        PublicKey::from_components(modulus, exponent, limits).err().map(|error| error.code())
    }

    #[test]
    fn a_modulus_has_2048_to_8192_bits() {
        let of_bits = |bits: usize| {
            let mut modulus = vec![0xff; bits.div_ceil(8)];
            modulus[0] = 0xff >> (modulus.len() * 8 - bits);
            refusal(&modulus, &F4, &Limits::default())
        };
        assert_eq!(of_bits(2047), Some(KeySetCode::KeyTooSmall));
        assert_eq!(of_bits(2048), None);
        assert_eq!(of_bits(2049), None);
        assert_eq!(of_bits(8192), None);
        assert_eq!(of_bits(8193), Some(KeySetCode::KeyTooLarge));
    }

    #[test]
    fn another_exponent_than_65537_is_allowed_by_explicit_limits_only() {
        let modulus = [0xff; 256];
        let explicit = Limits::default().with_exponents(Exponents::OddUpTo33Bits);
        for exponent in [&[3][..], &[17], &[1, 0, 3], &[0x01, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(refusal(&modulus, exponent, &Limits::default()), Some(KeySetCode::ExponentNotAllowed));
            assert_eq!(refusal(&modulus, exponent, &explicit), None);
        }
        for exponent in [&[1][..], &[2], &[1, 0, 0], &[0x02, 0, 0, 0, 1]] {
            assert_eq!(refusal(&modulus, exponent, &explicit), Some(KeySetCode::ExponentNotAllowed));
        }
    }

    #[test]
    fn numbers_have_no_leading_zeros() {
        let modulus = [0xff; 256];
        let limits = Limits::default();
        assert_eq!(refusal(&[&[0][..], &modulus].concat(), &F4, &limits), Some(KeySetCode::KeyMalformed));
        assert_eq!(refusal(&modulus, &[0, 1, 0, 1], &limits), Some(KeySetCode::KeyMalformed));
        assert_eq!(refusal(&[], &F4, &limits), Some(KeySetCode::KeyMalformed));
        assert_eq!(refusal(&modulus, &[], &limits), Some(KeySetCode::KeyMalformed));
    }

    #[test]
    fn a_key_shows_its_name_and_size() {
        let key = PublicKey::from_components(&[0xff; 256], &F4, &Limits::default()).unwrap().with_kid("k");
        assert_eq!(format!("{key:?}"), r#"PublicKey { kid: "k", bits: 2048, .. }"#);
    }
}
