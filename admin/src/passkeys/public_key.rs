//! The public key of a passkey: a COSE_Key (RFC 9052, RFC 9053, RFC 8230) of one of the three algorithms that are offered.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::PasskeyError;
use super::cbor::{self, Item, Map};

/// ECDSA on P-256 with SHA-256: what nearly every authenticator has.
pub(super) const ES256: i64 = -7;
/// Ed25519.
pub(super) const EDDSA: i64 = -8;
/// RSASSA-PKCS1-v1_5 with SHA-256: what the TPMs of older machines have.
pub(super) const RS256: i64 = -257;

/// 2,048 to 4,096 bits: no authenticator makes larger ones, and each sign-in computes with it.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
const EXPONENT: &[u8] = &[1, 0, 1];

/// A key that can be computed with.
#[derive(Debug)]
pub(super) enum PublicKey<'a> {
    P256([u8; 65]),
    Ed25519(&'a [u8]),
    Rsa { modulus: &'a [u8] },
}

impl<'a> PublicKey<'a> {
    /// Reads a COSE_Key, of which nothing is left over.
    pub(super) fn read(cose: &'a [u8]) -> Result<Self, PasskeyError> {
        let (map, rest) = cbor::map(cose)?;
        if !rest.is_empty() {
            return Err(PasskeyError::UnusableKey);
        }
        // 1 is the kind of key, 3 its algorithm; the others mean something else to each kind.
        let number = |label| match map.by_number(label) {
            Some(Item::Integer(number)) => Some(*number),
            _ => None,
        };
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(ES256), Some(1)) => p256(&map),
            (Some(1), Some(EDDSA), Some(6)) => exactly::<32>(&map, -2).map(|x| Self::Ed25519(x)),
            (Some(3), Some(RS256), _) => rsa(&map),
            (_, Some(ES256 | EDDSA | RS256), _) => Err(PasskeyError::UnusableKey),
            _ => Err(PasskeyError::OtherAlgorithm),
        }
    }

    /// Its algorithm.
    pub(super) const fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => ES256,
            Self::Ed25519(_) => EDDSA,
            Self::Rsa { .. } => RS256,
        }
    }

    /// Returns `Ok` only if the signature is this key's, over this message.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PasskeyError> {
        let verified = match self {
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rsa { modulus } => RsaPublicKeyComponents { n: *modulus, e: EXPONENT }.verify(
                &RSA_PKCS1_2048_8192_SHA256,
                message,
                signature,
            ),
        };
        verified.map_err(|_| PasskeyError::BadSignature)
    }
}

/// An uncompressed point, which must be on the curve.
fn p256<'a>(map: &Map<'a>) -> Result<PublicKey<'a>, PasskeyError> {
    let (x, y) = (exactly::<32>(map, -2)?, exactly::<32>(map, -3)?);
    let mut point = [4; 65];
    point.iter_mut().skip(1).zip(x.iter().chain(y)).for_each(|(to, from)| *to = *from);
    ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).map_err(|_| PasskeyError::UnusableKey)?;
    Ok(PublicKey::P256(point))
}

fn rsa<'a>(map: &Map<'a>) -> Result<PublicKey<'a>, PasskeyError> {
    let (modulus, exponent) = (bytes(map, -1)?, bytes(map, -2)?);
    let fits = MODULUS_BYTES.contains(&modulus.len()) && modulus.first() != Some(&0);
    if fits && exponent == EXPONENT { Ok(PublicKey::Rsa { modulus }) } else { Err(PasskeyError::UnusableKey) }
}

fn exactly<'a, const N: usize>(map: &Map<'a>, label: i64) -> Result<&'a [u8; N], PasskeyError> {
    bytes(map, label)?.try_into().map_err(|_| PasskeyError::UnusableKey)
}

fn bytes<'a>(map: &Map<'a>, label: i64) -> Result<&'a [u8], PasskeyError> {
    match map.by_number(label) {
        Some(Item::Bytes(bytes)) => Ok(bytes),
        _ => Err(PasskeyError::UnusableKey),
    }
}
