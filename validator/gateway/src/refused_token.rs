//! A token that is refused, and the key that it is counted under.

use std::fmt;

use keystile_validator::{Code, KeyId, ValidationError, Validator};

/// Why a token is refused, and which key it names, if the key set has that key or once had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedToken {
    error: ValidationError,
    kid: Option<KeyId>,
}

impl RefusedToken {
    /// What `validator` says of `token`. Of a token that was refused before its key was looked for, no key is told: that
    /// costs another look at its header, which a flood of garbage is not worth.
    pub(crate) fn new(error: ValidationError, token: &[u8], validator: &Validator) -> Self {
        let has_found_key = error.code() > Code::KidUnknown;
        let kid = has_found_key.then(|| validator.key_named_by(token)).flatten();
        Self { error, kid }
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.error.code()
    }

    /// What the validator says.
    pub fn error(&self) -> &ValidationError {
        &self.error
    }

    /// The key that the token names. Whoever made the token need not have had it.
    pub fn kid(&self) -> Option<&KeyId> {
        self.kid.as_ref()
    }
}

impl From<ValidationError> for RefusedToken {
    fn from(error: ValidationError) -> Self {
        Self { error, kid: None }
    }
}

impl From<Code> for RefusedToken {
    fn from(code: Code) -> Self {
        ValidationError::from(code).into()
    }
}

impl fmt::Display for RefusedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for RefusedToken {}
