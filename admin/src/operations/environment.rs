//! The hand-off: what a backend that signs puts into its environment.

use super::{Keystile, OperationError};
use crate::domain::{Actor, IssuerId, SecretText};

/// The encoding of the private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivateKeyFormat {
    /// `RSA PRIVATE KEY` (PKCS#1), as `openssl genrsa -traditional` writes it.
    Pkcs1,
    /// `PRIVATE KEY` (PKCS#8).
    Pkcs8,
}

/// One variable.
pub struct Variable {
    /// Its name, prefix included.
    pub name: String,
    /// Its value. PEM keeps its line breaks.
    pub value: SecretText,
}

/// The active key pair, the lifetimes and the leeway, named as the backend reads them. Audited.
pub async fn environment(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    prefix: &str,
    format: PrivateKeyFormat,
) -> Result<Vec<Variable>, OperationError> {
    let _ = (keystile, actor, issuer, prefix, format);
    Err(super::unwritten())
}
