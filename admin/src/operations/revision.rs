//! What tells one state of something from another: whoever changes it says from which state they started.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::OperationError;

/// The beginning of SHA-256 of a representation. 128 bits: nobody meets the same one twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision(String);

/// What must be true of the present state for a change to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// It is there, in whatever state.
    Exists,
    /// It is in one of these states.
    OneOf(Vec<Revision>),
}

impl Revision {
    const BYTES: usize = 16;

    /// The revision of what is shown as these bytes.
    pub fn of(representation: &[u8]) -> Self {
        let hash = digest(&SHA256, representation);
        Self(URL_SAFE_NO_PAD.encode(hash.as_ref().get(..Self::BYTES).unwrap_or_default()))
    }

    /// The revision of what is shown as `view`.
    pub(super) fn of_shown(view: &impl Serialize) -> Result<Self, OperationError> {
        let unreadable = |error: serde_json::Error| OperationError::Internal { detail: error.to_string() };
        Ok(Self::of(&serde_json::to_vec(view).map_err(unreadable)?))
    }

    /// A revision as somebody wrote it down; one that never was matches nothing.
    pub fn noted(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// In the letters of base64url.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Precondition {
    /// Returns `Ok` only if what is shown as `view` may be changed.
    pub(super) fn holds_for(&self, view: &impl Serialize) -> Result<(), OperationError> {
        let current = Revision::of_shown(view)?;
        match self {
            Self::OneOf(known) if !known.contains(&current) => Err(OperationError::PreconditionFailed),
            _ => Ok(()),
        }
    }
}
