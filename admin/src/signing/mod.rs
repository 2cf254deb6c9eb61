//! Private keys at work. Every private-key operation of the server is here, and aws-lc-rs does it.
//!
//! No key signs anything before it has signed a test message whose signature the validator believes, and no key set
//! leaves before the validator has believed it whole.

mod checkpoint;
mod delegation;
mod gateway_policy;
mod jws;
mod key_set;
mod pem;
mod private_key;
mod published_set;

pub use checkpoint::{BadCheckpoint, Checkpoint, CheckpointKey, CheckpointVerifier, NotAVerifier};
pub use delegation::{DelegationRequest, VerifiedDelegation, sign_delegation, verify_delegation};
pub use gateway_policy::sign_policy;
pub use jws::{sign_payload, sign_token};
pub use key_set::{SetSigner, sign_key_set};
pub use pem::{public_from_pem, public_to_der, public_to_pem};
pub use private_key::PrivateKey;
pub use published_set::{PublishedEpochs, PublishedSet};

/// Why a key could not be made, read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// The text is no RSA private key.
    #[error(
        "the private key cannot be read: give PEM with `RSA PRIVATE KEY` (PKCS#1) or `PRIVATE KEY` (PKCS#8)"
    )]
    PrivateKeyUnreadable,
    /// The text is encrypted.
    #[error("the private key is encrypted: decrypt it first with `openssl pkey -in key.pem -out plain.pem`")]
    PrivateKeyEncrypted,
    /// The numbers are not an RSA key.
    #[error("the private key is not a consistent RSA key: check it with `openssl rsa -check -noout`")]
    PrivateKeyInconsistent,
    /// The public key cannot verify at the edge.
    #[error("the public key is refused: {0}")]
    PublicKeyRefused(keystile_validator::KeySetError),
    /// The halves are of two keys.
    #[error(
        "the public key does not belong to the private key: give both halves of one pair, or leave the public one out"
    )]
    PairMismatch,
    /// A signature that the public half does not verify.
    #[error("the key failed its test signature")]
    TestSignatureFailed,
    /// The text asks for no delegation.
    #[error("the request cannot be read: give the JSON that `keystile root request` printed")]
    RequestUnreadable,
    /// The validator would refuse the delegation.
    #[error("the delegation is refused: {0}")]
    DelegationRefused(keystile_validator::KeySetError),
    /// The cryptographic library refused.
    #[error("the cryptographic library failed to {0}")]
    Library(&'static str),
    /// The content could not be written as JSON.
    #[error("the content cannot be written as JSON")]
    NotJson,
    /// The validator would refuse the signed key set.
    #[error("the validator refuses the signed key set: {0}")]
    KeySetRefused(keystile_validator::KeySetError),
}
