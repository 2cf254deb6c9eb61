//! Keys as text. Formats only: whether the numbers are a key is decided by those who use them.

use keystile_validator::{Limits, PublicKey};
use pkcs1::der::Encode;
use pkcs1::der::SecretDocument;
use pkcs1::der::asn1::{BitStringRef, UintRef};
use pkcs1::der::pem::LineEnding;
use pkcs8::PrivateKeyInfo;
use pkcs8::spki::SubjectPublicKeyInfoRef;

use super::SigningError;
use crate::domain::{SecretBytes, SecretText};

const PKCS1: &str = "RSA PRIVATE KEY";
const PKCS8: &str = "PRIVATE KEY";

/// The DER of a private key in PKCS#1 or PKCS#8.
pub(super) fn private_from_pem(text: &str) -> Result<SecretBytes, SigningError> {
    let text = text.trim();
    // RFC 1421 puts the parameters of an encryption into headers; RFC 7468 into a label of its own.
    if text.contains("ENCRYPTED") {
        return Err(SigningError::PrivateKeyEncrypted);
    }
    match SecretDocument::from_pem(text) {
        Ok((PKCS1 | PKCS8, der)) => Ok(SecretBytes::new(der.to_bytes().to_vec())),
        _ => Err(SigningError::PrivateKeyUnreadable),
    }
}

/// A public key in PKCS#1 or SPKI.
pub fn public_from_pem(text: &str) -> Result<PublicKey, SigningError> {
    PublicKey::from_pem(text, &Limits::default()).map_err(SigningError::PublicKeyRefused)
}

/// The public half that stands beside the private one in PKCS#8 or PKCS#1.
pub(super) fn public_half(private: &SecretBytes) -> Result<PublicKey, SigningError> {
    let pkcs1 = PrivateKeyInfo::try_from(private.reveal()).map_or(private.reveal(), |info| info.private_key);
    let key = pkcs1::RsaPrivateKey::try_from(pkcs1).map_err(|_| SigningError::PrivateKeyUnreadable)?;
    PublicKey::from_components(key.modulus.as_bytes(), key.public_exponent.as_bytes(), &Limits::default())
        .map_err(SigningError::PublicKeyRefused)
}

pub(super) fn private_to_pkcs8_pem(pkcs8: &SecretBytes) -> Result<SecretText, SigningError> {
    let document = SecretDocument::try_from(pkcs8.reveal()).map_err(unwritable)?;
    document.to_pem(PKCS8, LineEnding::LF).map(SecretText::from).map_err(unwritable)
}

/// PKCS#8 wraps PKCS#1, so that the one is taken out of the other.
pub(super) fn private_to_pkcs1_pem(pkcs8: &SecretBytes) -> Result<SecretText, SigningError> {
    let info = PrivateKeyInfo::try_from(pkcs8.reveal()).map_err(unwritable)?;
    let document = SecretDocument::try_from(info.private_key).map_err(unwritable)?;
    document.to_pem(PKCS1, LineEnding::LF).map(SecretText::from).map_err(unwritable)
}

/// A public key in SPKI PEM (RFC 7468, section 13).
pub fn public_to_pem(key: &PublicKey) -> Result<String, SigningError> {
    spki(key)?.to_pem("PUBLIC KEY", LineEnding::LF).map_err(unwritable)
}

/// A public key as a SubjectPublicKeyInfo (RFC 5280, section 4.1), in DER.
pub fn public_to_der(key: &PublicKey) -> Result<Vec<u8>, SigningError> {
    Ok(spki(key)?.as_bytes().to_vec())
}

fn spki(key: &PublicKey) -> Result<pkcs1::der::Document, SigningError> {
    let number = |bytes| UintRef::new(bytes).map_err(unwritable);
    let key =
        pkcs1::RsaPublicKey { modulus: number(key.modulus())?, public_exponent: number(key.exponent())? };
    let key = key.to_der().map_err(unwritable)?;
    let info = SubjectPublicKeyInfoRef {
        algorithm: pkcs1::ALGORITHM_ID,
        subject_public_key: BitStringRef::from_bytes(&key).map_err(unwritable)?,
    };
    pkcs1::der::Document::encode_msg(&info).map_err(unwritable)
}

fn unwritable<E>(_: E) -> SigningError {
    SigningError::Library("write a key as PEM")
}
