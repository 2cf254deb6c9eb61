//! Passkeys: one's own, and those of others for an administrator. Signing in with one is in `session`.

pub(super) mod add;
pub(super) mod begin;
pub(super) mod json;
pub(super) mod list;
pub(super) mod list_of_user;
pub(super) mod remove;
pub(super) mod remove_of_user;

use axum::http::HeaderMap;

use super::caller::session_cookie;
use super::problem::Refusal;
use crate::operations::OperationError;
use crate::operations::passkeys::PasskeyRefusal;
use crate::operations::sessions;

/// What the session of this request is known by. Whoever comes with an API token has none, and no passkeys either.
fn own_session(headers: &HeaderMap) -> Result<Vec<u8>, Refusal> {
    let cookie = session_cookie(headers).ok_or(OperationError::from(PasskeyRefusal::NotAUser))?;
    Ok(sessions::cookie_hash(cookie))
}
