use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize as LibraryKeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use keystile_validator::{Limits, PublicKey};

use super::{SigningError, pem};
use crate::domain::{KeySize, SecretBytes, SecretText};
use crate::settings::KeyPairPem;

/// An RSA private key that has passed its tests, ready to sign.
pub struct PrivateKey {
    pair: RsaKeyPair,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes a key. Takes a moment of one processor: call it off the threads that serve requests.
    pub fn generate(size: KeySize) -> Result<Self, SigningError> {
        let size = match size {
            KeySize::Rsa2048 => LibraryKeySize::Rsa2048,
            KeySize::Rsa3072 => LibraryKeySize::Rsa3072,
            KeySize::Rsa4096 => LibraryKeySize::Rsa4096,
        };
        let pair = RsaKeyPair::generate(size).map_err(|_| SigningError::Library("generate a key"))?;
        Self::tested(pair)
    }

    /// Reads a key pair that was made elsewhere. The public half is derived, and compared where it is given.
    pub fn from_pem(pair: &KeyPairPem) -> Result<Self, SigningError> {
        let der = pem::private_from_pem(pair.private_key.reveal())?;
        let key = Self::from_der(&der)?;
        match &pair.public_key {
            Some(public) if pem::public_from_pem(public)?.thumbprint() != key.public.thumbprint() => {
                Err(SigningError::PairMismatch)
            }
            _ => Ok(key),
        }
    }

    /// Reads PKCS#8 or PKCS#1, such as [`to_pkcs8`](Self::to_pkcs8) makes for the seal.
    pub fn from_der(der: &SecretBytes) -> Result<Self, SigningError> {
        // Refused by the validator's own words, which are plainer than those of the library.
        pem::public_half(der)?;
        let pair = RsaKeyPair::from_pkcs8(der.reveal())
            .or_else(|_| RsaKeyPair::from_der(der.reveal()))
            .map_err(|_| SigningError::PrivateKeyInconsistent)?;
        Self::tested(pair)
    }

    /// The key in PKCS#8, to be sealed.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, SigningError> {
        let der = self.pair.as_der().map_err(|_| SigningError::Library("write a private key"))?;
        Ok(SecretBytes::new(der.as_ref().to_vec()))
    }

    /// The key in PKCS#8 PEM.
    pub fn to_pkcs8_pem(&self) -> Result<SecretText, SigningError> {
        pem::private_to_pkcs8_pem(&self.to_pkcs8()?)
    }

    /// The key in PKCS#1 PEM.
    pub fn to_pkcs1_pem(&self) -> Result<SecretText, SigningError> {
        pem::private_to_pkcs1_pem(&self.to_pkcs8()?)
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs with RS256. aws-lc checks each signature with the public half before it gives it out.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| SigningError::Library("sign"))?;
        Ok(signature)
    }

    /// Returns the key only if the validator takes its public half and believes its signature.
    fn tested(pair: RsaKeyPair) -> Result<Self, SigningError> {
        const MESSAGE: &[u8] = b"keystile pairwise consistency test";
        let (modulus, exponent) = {
            let public = pair.public_key();
            let bytes = |number: &[u8]| number.to_vec();
            (
                bytes(public.modulus().big_endian_without_leading_zero()),
                bytes(public.exponent().big_endian_without_leading_zero()),
            )
        };
        let public = PublicKey::from_components(&modulus, &exponent, &Limits::default())
            .map_err(SigningError::PublicKeyRefused)?;
        let key = Self { pair, public };
        let signature = key.sign(MESSAGE)?;
        key.public.verify(MESSAGE, &signature).map_err(|_| SigningError::TestSignatureFailed)?;
        Ok(key)
    }
}
