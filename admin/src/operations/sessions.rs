//! Sessions of the console: opened with an API token, kept as a hash, ended by time, by hand or with their token.

use super::{Keystile, OperationError};
use crate::domain::{Actor, Role, SecretText, Timestamp};

/// A session that was just opened.
pub struct NewSession {
    /// The value of the cookie.
    pub cookie: SecretText,
    /// The role of the token it was opened with.
    pub role: Role,
    /// The label of that token.
    pub label: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Who a session belongs to.
pub struct SessionHolder {
    /// Who acts.
    pub actor: Actor,
    /// The label of the token it was opened with.
    pub label: String,
}

/// Opens a session for the holder of an API token. Tokens of the edge and of signers open none.
pub async fn create(keystile: &Keystile, api_token: &str) -> Result<NewSession, OperationError> {
    let _ = (keystile, api_token);
    Err(super::unwritten())
}

/// Who presents this cookie. A session that was idle for an hour, or open for twelve, is over.
pub async fn authenticate(keystile: &Keystile, cookie: &str) -> Result<SessionHolder, OperationError> {
    let _ = (keystile, cookie);
    Err(super::unwritten())
}

/// Ends the session. Does nothing where there is none.
pub async fn end(keystile: &Keystile, cookie: &str) -> Result<(), OperationError> {
    let _ = (keystile, cookie);
    Err(super::unwritten())
}
