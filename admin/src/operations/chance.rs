//! What is left to chance: the numbers in new keys, and for how long a failed push waits.

use super::{OperationError, random};
use crate::domain::KeySize;
use crate::signing::{PrivateKey, SigningError};

/// Makes keys and throws dice. Passed in, because a rehearsal wants to be repeated, and cannot wait for a thousand keys.
pub trait Chance: Send + Sync {
    /// A key that nobody has seen before. Takes a moment of one processor.
    fn key(&self, size: KeySize) -> Result<PrivateKey, SigningError>;

    /// A byte that nobody can foresee.
    fn byte(&self) -> Result<u8, OperationError>;
}

/// The system's source of randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn key(&self, size: KeySize) -> Result<PrivateKey, SigningError> {
        PrivateKey::generate(size)
    }

    fn byte(&self) -> Result<u8, OperationError> {
        random::bytes::<1>().map(|[byte]| byte)
    }
}
