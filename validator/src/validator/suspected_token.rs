//! A token that all is well with, except that a filter has a hit for it.

use alloc::vec::Vec;

use super::ValidatedToken;
use crate::{
    error::ValidationError,
    revocation::Suspicion,
    revocation_filter::{Shard, ShardReference},
};

/// What is to be thought of a token that is not refused.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is to be believed.
    Believed(ValidatedToken),
    /// It is not to be believed yet.
    Suspected(SuspectedToken),
}

impl Verdict {
    pub(super) fn new(token: ValidatedToken, suspicions: Vec<Suspicion>) -> Self {
        if suspicions.is_empty() {
            Self::Believed(token)
        } else {
            Self::Suspected(SuspectedToken { token, suspicions })
        }
    }
}

/// A token that may have been revoked: a filter has a hit for it, as it has for every token that it was made of, and for
/// one in 65,536 others. Its content is out of reach until the exact lists have been asked.
///
/// 1. Fetch the value of each of [`SuspectedToken::shards`], and open it with its reference.
/// 2. Hand the lists to [`SuspectedToken::confirm`].
///
/// If a list cannot be had, nobody knows whether the token is good. Refuse it in a way that lets the client try again.
#[derive(Clone, Debug)]
pub struct SuspectedToken {
    token: ValidatedToken,
    // INVARIANT: not empty.
    suspicions: Vec<Suspicion>,
}

impl SuspectedToken {
    /// The lists to be asked, at most one a filter.
    pub fn shards(&self) -> impl Iterator<Item = &ShardReference> {
        self.suspicions.iter().map(|suspicion| &suspicion.shard)
    }

    /// Returns the token's content only if every list that has to be asked is among `shards`, and none has it.
    pub fn confirm(self, shards: &[Shard]) -> Result<ValidatedToken, ValidationError> {
        for suspicion in &self.suspicions {
            suspicion.clear(shards)?;
        }
        Ok(self.token)
    }
}
