//! The keys of an issuer: seeing them, and taking in new ones.

use super::{KeyView, Keystile, OperationError};
use crate::domain::{Actor, IssuerId, KeySize};
use crate::settings::KeyPairPem;

/// Where a new key comes from. It starts pending, and is published at once.
pub enum NewKey {
    /// The server makes it; without a size, of the size the issuer's policy names.
    Generate {
        /// The size.
        size: Option<KeySize>,
    },
    /// A key pair made elsewhere.
    Import(KeyPairPem),
    /// Another signer's public key: it verifies, and can never be activated.
    ImportPublic {
        /// PKCS#1 or SPKI.
        public_key_pem: String,
    },
}

/// Every key the issuer ever had, the active one first, then the newest.
pub async fn list(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Vec<KeyView>, OperationError> {
    let _ = (keystile, actor, issuer);
    Err(super::unwritten())
}

/// One key.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    let _ = (keystile, actor, issuer, kid);
    Err(super::unwritten())
}

/// Makes or imports a key, pending, and publishes a set that contains it.
pub async fn create(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    new_key: NewKey,
    reason: Option<String>,
) -> Result<KeyView, OperationError> {
    let _ = (keystile, actor, issuer, new_key, reason);
    Err(super::unwritten())
}
