//! Random text: tokens, cookies, ids.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::OperationError;

/// So many random bytes.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], OperationError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| OperationError::Internal {
        detail: "the system's source of randomness failed".to_owned(),
    })?;
    Ok(bytes)
}

/// So many random bytes, in base64url.
pub(super) fn text<const N: usize>() -> Result<String, OperationError> {
    bytes::<N>().map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
}
